// SPDX-License-Identifier: GPL-2.0-only
// A clean module with two test programs of one name.
#include <linux/module.h>

static int __init two_programs_init(void)
{
	return 0;
}
module_init(two_programs_init);

static void __exit two_programs_exit(void)
{
	pr_info("bye\n");
}
module_exit(two_programs_exit);

MODULE_DESCRIPTION("A clean module with two test programs of one name");
MODULE_LICENSE("GPL");
