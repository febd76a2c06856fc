// SPDX-License-Identifier: GPL-2.0-only
// A module that is content with the smallest machine.
#include <linux/module.h>

static int __init micro_init(void)
{
	return 0;
}
module_init(micro_init);

static void __exit micro_exit(void)
{

}
module_exit(micro_exit);

MODULE_DESCRIPTION("A module that is content with the smallest machine");
MODULE_LICENSE("GPL");
