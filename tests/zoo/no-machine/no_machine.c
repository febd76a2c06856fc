// SPDX-License-Identifier: GPL-2.0-only
// A driver whose test asks for a device that QEMU has not.
#include <linux/module.h>

static int __init no_machine_init(void)
{
	return 0;
}
module_init(no_machine_init);

static void __exit no_machine_exit(void)
{

}
module_exit(no_machine_exit);

MODULE_DESCRIPTION("A driver whose test asks for a device that QEMU has not");
MODULE_LICENSE("GPL");
