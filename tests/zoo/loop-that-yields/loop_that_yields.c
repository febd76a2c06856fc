// SPDX-License-Identifier: GPL-2.0-only
// Loops for ever in init, and lets others run. The machine's time runs out while it is loaded.
#include <linux/module.h>
#include <linux/sched.h>

static bool stop;

static int __init loop_that_yields_init(void)
{
	while (!READ_ONCE(stop)) /* here */
		cond_resched(); /* here */
	return 0;
}
module_init(loop_that_yields_init);

static void __exit loop_that_yields_exit(void)
{
}
module_exit(loop_that_yields_exit);

MODULE_DESCRIPTION("Loops for ever in init, and lets others run");
MODULE_LICENSE("GPL");
