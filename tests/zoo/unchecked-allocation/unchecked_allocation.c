// SPDX-License-Identifier: GPL-2.0-only
// Writes to what it was given without asking whether it was given anything. Only a kernel that can let
// allocations fail can see it.
#include <linux/module.h>
#include <linux/slab.h>

static int *object;

static int __init unchecked_allocation_init(void)
{
	object = kmalloc(sizeof(*object), GFP_KERNEL);
	WRITE_ONCE(*object, 1); /* here */
	return 0;
}
module_init(unchecked_allocation_init);

static void __exit unchecked_allocation_exit(void)
{
	kfree(object);
}
module_exit(unchecked_allocation_exit);

MODULE_DESCRIPTION("Writes to what it was given without asking whether it was given anything");
MODULE_LICENSE("GPL");
