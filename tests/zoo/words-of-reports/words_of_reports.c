// SPDX-License-Identifier: GPL-2.0-only
// Says what only looks like a report of the kernel: all of it is harmless.
#include <linux/module.h>
#include <linux/printk.h>

static int __init words_of_reports_init(void)
{
	pr_warn("BUG fixed in this version\n");
	pr_warn("WARNING light is on\n");
	pr_warn("no Oops, no Call Trace:\n");
	pr_warn("Call Trace:\n");
	pr_warn("the kernel BUG at home\n");
	pr_warn("driver: BUG: not one of ours\n");
	pr_warn("panic: not at all\n");
	pr_warn("debug: general protection is on\n");
	return 0;
}
module_init(words_of_reports_init);

static void __exit words_of_reports_exit(void)
{
}
module_exit(words_of_reports_exit);

MODULE_DESCRIPTION("Says what only looks like a report of the kernel");
MODULE_LICENSE("GPL");
