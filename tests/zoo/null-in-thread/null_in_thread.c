// SPDX-License-Identifier: GPL-2.0-only
// A thread of its own reads through a NULL pointer a second after the module was loaded.
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>

static noinline int null_in_thread_look(const int *at)
{
	return READ_ONCE(*at); /* here */
}

static int null_in_thread_thread(void *data)
{
	msleep(1000);
	return null_in_thread_look(data);
}

static int __init null_in_thread_init(void)
{
	return PTR_ERR_OR_ZERO(kthread_run(null_in_thread_thread, NULL, "null_in_thread"));
}
module_init(null_in_thread_init);

static void __exit null_in_thread_exit(void)
{
}
module_exit(null_in_thread_exit);

MODULE_DESCRIPTION("A thread of its own reads through a NULL pointer a second after the module was loaded");
MODULE_LICENSE("GPL");
