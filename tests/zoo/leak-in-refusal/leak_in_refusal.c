// SPDX-License-Identifier: GPL-2.0-only
// Registers an entry in /proc, and then refuses to load without taking it back. Both must be named.
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

static int leak_in_refusal_show(struct seq_file *seq, void *data)
{
	return 0;
}

static int __init leak_in_refusal_init(void)
{
	proc_create_single("leak_in_refusal", 0444, NULL, leak_in_refusal_show);
	return -EIO; /* here */
}
module_init(leak_in_refusal_init);

static void __exit leak_in_refusal_exit(void)
{
}
module_exit(leak_in_refusal_exit);

MODULE_DESCRIPTION("Registers an entry in /proc, and then refuses to load without taking it back");
MODULE_LICENSE("GPL");
