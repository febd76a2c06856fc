// SPDX-License-Identifier: GPL-2.0-only
// A timer sleeps, which none may. The kernel must say that it was in an interrupt; the function has left the stack with its call.
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/timer.h>
#include <linux/version.h>

static void sleep_in_timer_fires(struct timer_list *timer)
{
	msleep(20); /* here */
}

static DEFINE_TIMER(sleep_in_timer_timer, sleep_in_timer_fires);

static int __init sleep_in_timer_init(void)
{
	mod_timer(&sleep_in_timer_timer, jiffies + 1);
	return 0;
}
module_init(sleep_in_timer_init);

static void __exit sleep_in_timer_exit(void)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	del_timer_sync(&sleep_in_timer_timer);
#else
	timer_delete_sync(&sleep_in_timer_timer);
#endif
}
module_exit(sleep_in_timer_exit);

MODULE_DESCRIPTION("A timer sleeps, which none may");
MODULE_LICENSE("GPL");
