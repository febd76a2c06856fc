// SPDX-License-Identifier: GPL-2.0-only
// A timer of high resolution reads through a NULL pointer in a hard interrupt. The place must be
// named.
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/version.h>

static noinline int null_in_hrtimer_look(const int *at)
{
	return READ_ONCE(*at); /* here */
}

static struct hrtimer null_in_hrtimer_timer;

static enum hrtimer_restart null_in_hrtimer_fires(struct hrtimer *timer)
{
	null_in_hrtimer_look(NULL);
	return HRTIMER_NORESTART;
}

static int __init null_in_hrtimer_init(void)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	hrtimer_init(&null_in_hrtimer_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	null_in_hrtimer_timer.function = null_in_hrtimer_fires;
#else
	hrtimer_setup(&null_in_hrtimer_timer, null_in_hrtimer_fires, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
#endif
	hrtimer_start(&null_in_hrtimer_timer, ms_to_ktime(1), HRTIMER_MODE_REL_HARD);
	return 0;
}
module_init(null_in_hrtimer_init);

static void __exit null_in_hrtimer_exit(void)
{
	hrtimer_cancel(&null_in_hrtimer_timer);
}
module_exit(null_in_hrtimer_exit);

MODULE_DESCRIPTION("A timer of high resolution reads through a NULL pointer in a hard interrupt");
MODULE_LICENSE("GPL");
