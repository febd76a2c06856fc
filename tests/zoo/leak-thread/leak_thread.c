// SPDX-License-Identifier: GPL-2.0-only
// Leaves a thread behind that only waits. It must be named before it wakes.
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

static int leak_thread_thread(void *data)
{
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1000 * HZ);
	return 0;
}

static int __init leak_thread_init(void)
{
	int error = PTR_ERR_OR_ZERO(kthread_run(leak_thread_thread, NULL, "leak_thread"));

	/* One that has not begun to wait when its code goes would end the kernel. */
	msleep(100);
	return error;
}
module_init(leak_thread_init);

static void __exit leak_thread_exit(void)
{
}
module_exit(leak_thread_exit);

MODULE_DESCRIPTION("Leaves a thread behind that only waits");
MODULE_LICENSE("GPL");
