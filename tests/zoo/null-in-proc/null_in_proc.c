// SPDX-License-Identifier: GPL-2.0-only
// Showing its entry in /proc writes through a NULL pointer. The step and the place must be named.
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

static noinline void null_in_proc_store(int *at)
{
	WRITE_ONCE(*at, 1); /* here */
}

static int null_in_proc_show(struct seq_file *seq, void *data)
{
	null_in_proc_store(NULL);
	return 0;
}

static int __init null_in_proc_init(void)
{
	return proc_create_single("null_in_proc", 0444, NULL, null_in_proc_show) ? 0 : -ENOMEM;
}
module_init(null_in_proc_init);

static void __exit null_in_proc_exit(void)
{
	remove_proc_entry("null_in_proc", NULL);
}
module_exit(null_in_proc_exit);

MODULE_DESCRIPTION("Showing its entry in /proc writes through a NULL pointer");
MODULE_LICENSE("GPL");
