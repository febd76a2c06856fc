// SPDX-License-Identifier: GPL-2.0-only
// A module that resets the machine.
#include <linux/module.h>
#include <linux/reboot.h>

static int __init restart_init(void)
{
	emergency_restart();
	return 0;
}
module_init(restart_init);

static void __exit restart_exit(void)
{

}
module_exit(restart_exit);

MODULE_DESCRIPTION("A module that resets the machine");
MODULE_LICENSE("GPL");
