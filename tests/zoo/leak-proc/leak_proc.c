// SPDX-License-Identifier: GPL-2.0-only
// Keeps its entry in /proc when it is unloaded.
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

static int leak_proc_show(struct seq_file *seq, void *data)
{
	seq_puts(seq, "still here\n");
	return 0;
}

static int __init leak_proc_init(void)
{
	return proc_create_single("leak_proc", 0444, NULL, leak_proc_show) ? 0 : -ENOMEM;
}
module_init(leak_proc_init);

static void __exit leak_proc_exit(void)
{
}
module_exit(leak_proc_exit);

MODULE_DESCRIPTION("Keeps its entry in /proc when it is unloaded");
MODULE_LICENSE("GPL");
