// SPDX-License-Identifier: GPL-2.0-only
// A timer, work, and a thread that are all gone before the module is.
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <linux/workqueue.h>

static struct task_struct *thread;

static void clean_callbacks_works(struct work_struct *work)
{
}

static DECLARE_DELAYED_WORK(clean_callbacks_work, clean_callbacks_works);

static void clean_callbacks_fires(struct timer_list *timer)
{
	mod_timer(timer, jiffies + 1);
}

static DEFINE_TIMER(clean_callbacks_timer, clean_callbacks_fires);

static int clean_callbacks_thread(void *data)
{
	while (!kthread_should_stop()) {
		schedule_delayed_work(&clean_callbacks_work, 1);
		schedule_timeout_interruptible(1);
	}
	return 0;
}

static int __init clean_callbacks_init(void)
{
	thread = kthread_run(clean_callbacks_thread, NULL, "clean_callbacks");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	mod_timer(&clean_callbacks_timer, jiffies + 1);
	return 0;
}
module_init(clean_callbacks_init);

static void __exit clean_callbacks_exit(void)
{
	kthread_stop(thread);
	cancel_delayed_work_sync(&clean_callbacks_work);
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	del_timer_sync(&clean_callbacks_timer);
#else
	timer_delete_sync(&clean_callbacks_timer);
#endif
}
module_exit(clean_callbacks_exit);

MODULE_DESCRIPTION("A timer, work, and a thread that are all gone before the module is");
MODULE_LICENSE("GPL");
