// SPDX-License-Identifier: GPL-2.0-only
// Halts the machine while it is loaded. Nothing comes any more.
#include <linux/module.h>
#include <linux/reboot.h>

static int __init halts_init(void)
{
	kernel_halt(); /* here */
	return 0;
}
module_init(halts_init);

static void __exit halts_exit(void)
{
}
module_exit(halts_exit);

MODULE_DESCRIPTION("Halts the machine while it is loaded");
MODULE_LICENSE("GPL");
