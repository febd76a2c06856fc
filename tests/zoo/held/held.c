// SPDX-License-Identifier: GPL-2.0-only
// Holds a reference to itself, so it can't be unloaded. The refusal must be named.
#include <linux/module.h>

static int __init held_init(void)
{
	return try_module_get(THIS_MODULE) ? 0 : -ENODEV;
}
module_init(held_init);

static void __exit held_exit(void)
{
}
module_exit(held_exit);

MODULE_DESCRIPTION("Holds a reference to itself, so it can't be unloaded");
MODULE_LICENSE("GPL");
