// SPDX-License-Identifier: GPL-2.0-only
// Leaves a thread behind, which wakes when the module is gone.
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>

static int late_thread_thread(void *data)
{
	msleep(400);
	return 0;
}

static int __init late_thread_init(void)
{
	return PTR_ERR_OR_ZERO(kthread_run(late_thread_thread, NULL, "late_thread"));
}
module_init(late_thread_init);

static void __exit late_thread_exit(void)
{
}
module_exit(late_thread_exit);

MODULE_DESCRIPTION("Leaves a thread behind, which wakes when the module is gone");
MODULE_LICENSE("GPL");
