// SPDX-License-Identifier: GPL-2.0-only
// Stops a thread that never asks whether it should. Both places must be named: where exit waits, and where the thread is.
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>

static struct task_struct *thread;
static DECLARE_COMPLETION(begun);

static int thread_never_stops_work(void *data)
{
	complete(&begun);
	for (;;)
		msleep(100);
	return 0;
}

static int __init thread_never_stops_init(void)
{
	thread = kthread_run(thread_never_stops_work, NULL, "never_stops");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	wait_for_completion(&begun);
	return 0;
}
module_init(thread_never_stops_init);

static void __exit thread_never_stops_exit(void)
{
	kthread_stop(thread); /* here */
}
module_exit(thread_never_stops_exit);

MODULE_DESCRIPTION("Stops a thread that never asks whether it should");
MODULE_LICENSE("GPL");
