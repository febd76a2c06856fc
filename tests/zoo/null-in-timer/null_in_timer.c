// SPDX-License-Identifier: GPL-2.0-only
// A timer reads through a NULL pointer. The place must be named, in an interrupt: the machine dies
// of it.
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/timer.h>
#include <linux/version.h>

static noinline int null_in_timer_look(const int *at)
{
	return READ_ONCE(*at); /* here */
}

static void null_in_timer_fires(struct timer_list *timer)
{
	null_in_timer_look(NULL);
}

static DEFINE_TIMER(null_in_timer_timer, null_in_timer_fires);

static int __init null_in_timer_init(void)
{
	mod_timer(&null_in_timer_timer, jiffies + 1);
	return 0;
}
module_init(null_in_timer_init);

static void __exit null_in_timer_exit(void)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	del_timer_sync(&null_in_timer_timer);
#else
	timer_delete_sync(&null_in_timer_timer);
#endif
}
module_exit(null_in_timer_exit);

MODULE_DESCRIPTION("A timer reads through a NULL pointer");
MODULE_LICENSE("GPL");
