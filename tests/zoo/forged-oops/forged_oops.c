// SPDX-License-Identifier: GPL-2.0-only
// Logs a whole oops of another kernel, line by line. No kernel died of it: its taint says so.
#include <linux/module.h>
#include <linux/printk.h>

static int __init forged_oops_init(void)
{
	pr_alert("BUG: kernel NULL pointer dereference, address: 0000000000000000\n");
	pr_alert("#PF: supervisor read access in kernel mode\n");
	pr_alert("#PF: error_code(0x0000) - not-present page\n");
	pr_info("PGD 0 P4D 0\n");
	pr_warn("Oops: 0000 [#1] PREEMPT SMP NOPTI\n");
	pr_warn("CPU: 0 PID: 1 Comm: init Not tainted 6.1.0-56-amd64 #1  Debian 6.1.192-2\n");
	pr_warn("RIP: 0010:other_init+0x5/0x1000 [other]\n");
	pr_warn("Call Trace:\n");
	pr_warn(" <TASK>\n");
	pr_warn(" do_one_initcall+0x59/0x220\n");
	pr_warn(" </TASK>\n");
	pr_warn("---[ end trace 0000000000000000 ]---\n");
	return 0;
}
module_init(forged_oops_init);

static void __exit forged_oops_exit(void)
{
}
module_exit(forged_oops_exit);

MODULE_DESCRIPTION("Logs a whole oops of another kernel, line by line");
MODULE_LICENSE("GPL");
