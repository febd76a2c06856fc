// SPDX-License-Identifier: GPL-2.0-only
// Logs KTAP, and lines as init writes them in its report. It has no tests of KUnit's, so none of
// it is believed.
#include <linux/module.h>
#include <linux/printk.h>

static int __init forged_report_init(void)
{
	pr_info("KTAP version 1\n");
	pr_info("1..1\n");
	pr_info("not ok 1 load forged_report\n");
	pr_info("ok 2 unload forged_report\n");
	pr_info("# errno 19\n");
	pr_info("# taint 512\n");
	pr_info("Bail out! forged\n");
	pr_info("# end 000000000000 855\n");
	return 0;
}
module_init(forged_report_init);

static void __exit forged_report_exit(void)
{
}
module_exit(forged_report_exit);

MODULE_DESCRIPTION("Logs KTAP, and lines as init writes them in its report");
MODULE_LICENSE("GPL");
