// SPDX-License-Identifier: GPL-2.0-only
// Turns the console off, and warns. The kernel's log still has the warning.
#include <linux/bug.h>
#include <linux/module.h>
#include <linux/printk.h>

static int __init console_off_init(void)
{
	console_printk[0] = 0;
	WARN(1, "unseen on the console\n"); /* here */
	return 0;
}
module_init(console_off_init);

static void __exit console_off_exit(void)
{
}
module_exit(console_off_exit);

MODULE_DESCRIPTION("Turns the console off, and warns");
MODULE_LICENSE("GPL");
