// SPDX-License-Identifier: GPL-2.0-only
// Frees an object twice, one time right after the other. A hardened allocator sees it, if it looks. The call is the last one
// of its function, which leaves no trace of itself.
#include <linux/module.h>
#include <linux/slab.h>

static noinline void double_free_free(void *object)
{
	kfree(object); /* here */
}

static int __init double_free_init(void)
{
	void *object = kmalloc(64, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	double_free_free(object);
	double_free_free(object);
	return 0;
}
module_init(double_free_init);

static void __exit double_free_exit(void)
{
}
module_exit(double_free_exit);

MODULE_DESCRIPTION("Frees an object twice, one time right after the other");
MODULE_LICENSE("GPL");
