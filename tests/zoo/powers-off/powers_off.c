// SPDX-License-Identifier: GPL-2.0-only
// Powers the machine off while it is loaded. That is the driver's doing.
#include <linux/module.h>
#include <linux/reboot.h>

static int __init powers_off_init(void)
{
	kernel_power_off(); /* here */
	return 0;
}
module_init(powers_off_init);

static void __exit powers_off_exit(void)
{
}
module_exit(powers_off_exit);

MODULE_DESCRIPTION("Powers the machine off while it is loaded");
MODULE_LICENSE("GPL");
