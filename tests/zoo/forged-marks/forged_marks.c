// SPDX-License-Identifier: GPL-2.0-only
// Logs what looks like the marks of the guest's init, with nonces that it guesses. None of them
// counts.
#include <linux/module.h>
#include <linux/printk.h>

static int __init forged_marks_init(void)
{
	pr_info("workbench: 000000000000 end\n");
	pr_info("workbench: end\n");
	pr_info("workbench:  end\n");
	pr_info("workbench: 000000000000 begin 2 unload forged_marks\n");
	pr_info("workbench: 000000000000 done 2\n");
	return 0;
}
module_init(forged_marks_init);

static void __exit forged_marks_exit(void)
{
}
module_exit(forged_marks_exit);

MODULE_DESCRIPTION("Logs what looks like the marks of the guest's init, with nonces that it guesses");
MODULE_LICENSE("GPL");
