// SPDX-License-Identifier: GPL-2.0-only
// A module with test programs that count their cases.
#include <linux/module.h>

static int __init zoo_init(void)
{
	return 0;
}
module_init(zoo_init);

static void __exit zoo_exit(void)
{
	pr_info("bye\n");
}
module_exit(zoo_exit);

MODULE_DESCRIPTION("A module with test programs that count their cases");
MODULE_LICENSE("GPL");
