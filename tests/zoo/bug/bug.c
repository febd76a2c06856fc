// SPDX-License-Identifier: GPL-2.0-only
// A BUG while the module unloads.
#include <linux/bug.h>
#include <linux/module.h>

static int __init bug_init(void)
{
	return 0;
}
module_init(bug_init);

static void __exit bug_exit(void)
{
	BUG(); /* here */
}
module_exit(bug_exit);

MODULE_DESCRIPTION("A BUG while the module unloads");
MODULE_LICENSE("GPL");
