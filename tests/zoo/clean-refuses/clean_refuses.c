// SPDX-License-Identifier: GPL-2.0-only
// Is for another machine, and says so.
#include <linux/errno.h>
#include <linux/module.h>

static int __init clean_refuses_init(void)
{
	return -ENODEV;
}
module_init(clean_refuses_init);

static void __exit clean_refuses_exit(void)
{
}
module_exit(clean_refuses_exit);

MODULE_DESCRIPTION("Is for another machine, and says so");
MODULE_LICENSE("GPL");
