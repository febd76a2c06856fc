// SPDX-License-Identifier: GPL-2.0-only
// Sleeps while it holds a spinlock. Only kernels that count preemption can see it.
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(lock);

static int __init sleep_under_lock_init(void)
{
	spin_lock(&lock);
	msleep(20); /* here */
	spin_unlock(&lock);
	return 0;
}
module_init(sleep_under_lock_init);

static void __exit sleep_under_lock_exit(void)
{
}
module_exit(sleep_under_lock_exit);

MODULE_DESCRIPTION("Sleeps while it holds a spinlock");
MODULE_LICENSE("GPL");
