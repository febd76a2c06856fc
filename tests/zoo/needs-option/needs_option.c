// SPDX-License-Identifier: GPL-2.0-only
// Says which options of the kernel it needs; those that have them run it.
#include <linux/module.h>

static int __init needs_option_init(void)
{
	return 0;
}
module_init(needs_option_init);

static void __exit needs_option_exit(void)
{
}
module_exit(needs_option_exit);

MODULE_DESCRIPTION("Says which options of the kernel it needs");
MODULE_LICENSE("GPL");
