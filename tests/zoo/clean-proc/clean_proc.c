// SPDX-License-Identifier: GPL-2.0-only
// An entry in /proc, done right.
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

static int clean_proc_show(struct seq_file *seq, void *data)
{
	seq_puts(seq, "hello\n");
	return 0;
}

static int __init clean_proc_init(void)
{
	return proc_create_single("clean_proc", 0444, NULL, clean_proc_show) ? 0 : -ENOMEM;
}
module_init(clean_proc_init);

static void __exit clean_proc_exit(void)
{
	remove_proc_entry("clean_proc", NULL);
}
module_exit(clean_proc_exit);

MODULE_DESCRIPTION("An entry in /proc, done right");
MODULE_LICENSE("GPL");
