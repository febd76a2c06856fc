// SPDX-License-Identifier: GPL-2.0-only
// A driver that does not find its device.
#include <linux/module.h>

static int __init refused_init(void)
{
	pr_err("no device at 0x42\n");
	return -ENODEV; /* here */
}
module_init(refused_init);

static void __exit refused_exit(void)
{

}
module_exit(refused_exit);

MODULE_DESCRIPTION("A driver that does not find its device");
MODULE_LICENSE("GPL");
