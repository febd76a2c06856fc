// SPDX-License-Identifier: GPL-2.0-only
// Writes to an object that it has freed. Only a kernel that watches its objects can see it.
#include <linux/module.h>
#include <linux/slab.h>

static noinline void use_after_free_store(int *at)
{
	WRITE_ONCE(*at, 1); /* here */
}

static int __init use_after_free_init(void)
{
	int *object = kmalloc(192, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	kfree(object);
	OPTIMIZER_HIDE_VAR(object);
	use_after_free_store(object + 3);
	return 0;
}
module_init(use_after_free_init);

static void __exit use_after_free_exit(void)
{
}
module_exit(use_after_free_exit);

MODULE_DESCRIPTION("Writes to an object that it has freed");
MODULE_LICENSE("GPL");
