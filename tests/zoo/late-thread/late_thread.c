// SPDX-License-Identifier: GPL-2.0-only
// Starts a thread in its exit function, which wakes when the module is gone.
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>

/* Where it stood when the code went is a race: before its first instruction, or asleep. */
static int late_thread_thread(void *data)
{ /* here */
	msleep(200); /* here */
	return 0; /* here */
} /* here */

static int __init late_thread_init(void)
{
	return 0;
}
module_init(late_thread_init);

static void __exit late_thread_exit(void)
{
	kthread_run(late_thread_thread, NULL, "late_thread");
}
module_exit(late_thread_exit);

MODULE_DESCRIPTION("Starts a thread in its exit function, which wakes when the module is gone");
MODULE_LICENSE("GPL");
