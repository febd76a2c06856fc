// SPDX-License-Identifier: GPL-2.0-only
// A module that does nothing and is right.
#include <linux/module.h>

static int __init clean_init(void)
{
	return 0;
}
module_init(clean_init);

static void __exit clean_exit(void)
{
	pr_info("bye\n");
}
module_exit(clean_exit);

MODULE_DESCRIPTION("A module that does nothing and is right");
MODULE_LICENSE("GPL");
