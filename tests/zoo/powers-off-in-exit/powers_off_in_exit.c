// SPDX-License-Identifier: GPL-2.0-only
// Powers the machine off when everything else is done. That is no end of a test.
#include <linux/module.h>
#include <linux/reboot.h>

static int __init powers_off_in_exit_init(void)
{
	return 0;
}
module_init(powers_off_in_exit_init);

static void __exit powers_off_in_exit_exit(void)
{
	kernel_power_off(); /* here */
}
module_exit(powers_off_in_exit_exit);

MODULE_DESCRIPTION("Powers the machine off when everything else is done");
MODULE_LICENSE("GPL");
