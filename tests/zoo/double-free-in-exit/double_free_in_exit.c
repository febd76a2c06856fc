// SPDX-License-Identifier: GPL-2.0-only
// Frees an object in its exit function that was freed before. The call is the last one of that function, which leaves no trace.
#include <linux/module.h>
#include <linux/slab.h>

static void *double_free_in_exit_object;

static int __init double_free_in_exit_init(void)
{
	double_free_in_exit_object = kmalloc(64, GFP_KERNEL);
	return double_free_in_exit_object ? 0 : -ENOMEM;
}
module_init(double_free_in_exit_init);

static void __exit double_free_in_exit_exit(void)
{
	kfree(double_free_in_exit_object);
	kfree(double_free_in_exit_object); /* here */
}
module_exit(double_free_in_exit_exit);

MODULE_DESCRIPTION("Frees an object in its exit function that was freed before");
MODULE_LICENSE("GPL");
