// SPDX-License-Identifier: GPL-2.0-only
// Restarts the machine in an orderly way while it is loaded. That is the driver's doing.
#include <linux/module.h>
#include <linux/reboot.h>

static int __init reboots_init(void)
{
	kernel_restart(NULL); /* here */
	return 0;
}
module_init(reboots_init);

static void __exit reboots_exit(void)
{
}
module_exit(reboots_exit);

MODULE_DESCRIPTION("Restarts the machine in an orderly way while it is loaded");
MODULE_LICENSE("GPL");
