// SPDX-License-Identifier: GPL-2.0-only
// Sleeps until a time that has passed. The kernel says so, and leaves no taint.
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/sched.h>

static int __init wrong_timeout_init(void)
{
	long late = READ_ONCE(jiffies) - 10;

	schedule_timeout_uninterruptible(late - (long)jiffies); /* here */
	return 0;
}
module_init(wrong_timeout_init);

static void __exit wrong_timeout_exit(void)
{
}
module_exit(wrong_timeout_exit);

MODULE_DESCRIPTION("Sleeps until a time that has passed");
MODULE_LICENSE("GPL");
