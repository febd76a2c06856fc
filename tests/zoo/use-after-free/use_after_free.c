// SPDX-License-Identifier: GPL-2.0-only
// Writes to an object that it has freed. A kernel that poisons what is free finds it when the
// object is next given out.
#include <linux/module.h>
#include <linux/slab.h>

static noinline void use_after_free_store(int *at)
{
	WRITE_ONCE(*at, 1); /* here */
}

static int __init use_after_free_init(void)
{
	static void *others[64];
	int *object = kmalloc(192, GFP_KERNEL);
	int at;

	if (!object)
		return -ENOMEM;
	kfree(object);
	OPTIMIZER_HIDE_VAR(object);
	use_after_free_store(object + 3);
	for (at = 0; at < 64; at++)
		others[at] = kmalloc(192, GFP_KERNEL);
	for (at = 0; at < 64; at++)
		kfree(others[at]);
	return 0;
}
module_init(use_after_free_init);

static void __exit use_after_free_exit(void)
{
}
module_exit(use_after_free_exit);

MODULE_DESCRIPTION("Writes to an object that it has freed");
MODULE_LICENSE("GPL");
