// SPDX-License-Identifier: GPL-2.0-only
// Logs twenty million lines in init. The machine's time runs out before the console has printed them.
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/sched.h>

static int __init flood_init(void)
{
	int line;

	for (line = 0; line < 20000000; line++) { /* here */
		pr_info("line %d of twenty million\n", line); /* here */
		cond_resched(); /* here */
	}
	return 0;
}
module_init(flood_init);

static void __exit flood_exit(void)
{
}
module_exit(flood_exit);

MODULE_DESCRIPTION("Logs twenty million lines in init");
MODULE_LICENSE("GPL");
