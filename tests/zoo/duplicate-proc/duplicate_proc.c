// SPDX-License-Identifier: GPL-2.0-only
// Registers one name in /proc twice. The kernel reports the second time.
#include <linux/module.h>
#include <linux/proc_fs.h>

static const struct proc_ops duplicate_proc_ops = { };

static int __init duplicate_proc_init(void)
{
	proc_create("duplicate_proc", 0444, NULL, &duplicate_proc_ops);
	proc_create("duplicate_proc", 0444, NULL, &duplicate_proc_ops); /* here */
	return 0;
}
module_init(duplicate_proc_init);

static void __exit duplicate_proc_exit(void)
{
	remove_proc_entry("duplicate_proc", NULL);
}
module_exit(duplicate_proc_exit);

MODULE_DESCRIPTION("Registers one name in /proc twice");
MODULE_LICENSE("GPL");
