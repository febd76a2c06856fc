// SPDX-License-Identifier: GPL-2.0-only
// Starts a timer in its exit function, which fires when the module is gone.
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/timer.h>

static void late_timer_fires(struct timer_list *timer)
{
}

static DEFINE_TIMER(late_timer_timer, late_timer_fires);

static int __init late_timer_init(void)
{
	return 0;
}
module_init(late_timer_init);

static void __exit late_timer_exit(void)
{
	mod_timer(&late_timer_timer, jiffies + msecs_to_jiffies(200));
}
module_exit(late_timer_exit);

MODULE_DESCRIPTION("Starts a timer in its exit function, which fires when the module is gone");
MODULE_LICENSE("GPL");
