// SPDX-License-Identifier: GPL-2.0-only
// Writes beyond an object. Only a kernel that watches its objects can see it.
#include <linux/module.h>
#include <linux/slab.h>

static noinline void heap_overflow_store(char *at)
{
	WRITE_ONCE(*at, 1); /* here */
}

static int __init heap_overflow_init(void)
{
	char *object = kmalloc(60, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(object);
	heap_overflow_store(object + 60);
	kfree(object);
	return 0;
}
module_init(heap_overflow_init);

static void __exit heap_overflow_exit(void)
{
}
module_exit(heap_overflow_exit);

MODULE_DESCRIPTION("Writes beyond an object");
MODULE_LICENSE("GPL");
