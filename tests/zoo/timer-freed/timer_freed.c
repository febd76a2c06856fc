// SPDX-License-Identifier: GPL-2.0-only
// Frees an object whose timer still runs. The timer may fire into anything; a kernel that watches
// its timers says so at once.
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/timer.h>

static void timer_freed_fires(struct timer_list *timer)
{
}

static int __init timer_freed_init(void)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return -ENOMEM;
	timer_setup(timer, timer_freed_fires, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer); /* here */
	return 0;
}
module_init(timer_freed_init);

static void __exit timer_freed_exit(void)
{
}
module_exit(timer_freed_exit);

MODULE_DESCRIPTION("Frees an object whose timer still runs");
MODULE_LICENSE("GPL");
