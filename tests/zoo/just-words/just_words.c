// SPDX-License-Identifier: GPL-2.0-only
// A module that only talks like a fault.
#include <linux/module.h>

static int __init just_words_init(void)
{
	pr_warn("DEBUG: the firmware has a BUG, WARNING, Oops, Call Trace: none\n");
	pr_warn("BUG in the firmware's table\n");
	return 0;
}
module_init(just_words_init);

static void __exit just_words_exit(void)
{

}
module_exit(just_words_exit);

MODULE_DESCRIPTION("A module that only talks like a fault");
MODULE_LICENSE("GPL");
