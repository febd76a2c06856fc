// SPDX-License-Identifier: GPL-2.0-only
// Takes a lock in a timer, and with timers allowed elsewhere: it works by luck. Only lockdep can
// see it.
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/version.h>

static DEFINE_SPINLOCK(lock);

static void irq_unsafe_lock_fires(struct timer_list *timer)
{
	spin_lock(&lock); /* here */
	spin_unlock(&lock);
}

static DEFINE_TIMER(irq_unsafe_lock_timer, irq_unsafe_lock_fires);

static int __init irq_unsafe_lock_init(void)
{
	spin_lock(&lock);
	spin_unlock(&lock);
	mod_timer(&irq_unsafe_lock_timer, jiffies + 1);
	return 0;
}
module_init(irq_unsafe_lock_init);

static void __exit irq_unsafe_lock_exit(void)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	del_timer_sync(&irq_unsafe_lock_timer);
#else
	timer_delete_sync(&irq_unsafe_lock_timer);
#endif
}
module_exit(irq_unsafe_lock_exit);

MODULE_DESCRIPTION("Takes a lock in a timer, and with timers allowed elsewhere");
MODULE_LICENSE("GPL");
