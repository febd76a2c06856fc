// SPDX-License-Identifier: GPL-2.0-only
// Two threads take two mutexes in either order, and wait for each other. The kernel was asked to
// look early, and must name where they wait.
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);
static DECLARE_COMPLETION(has_a);
static DECLARE_COMPLETION(has_b);

static int deadlock_abba_ab(void *data)
{
	mutex_lock(&a);
	complete(&has_a);
	wait_for_completion(&has_b);
	mutex_lock(&b); /* here */
	return 0;
}

static int deadlock_abba_ba(void *data)
{
	mutex_lock(&b);
	complete(&has_b);
	wait_for_completion(&has_a);
	mutex_lock(&a); /* here */
	return 0;
}

static int __init deadlock_abba_init(void)
{
	kthread_run(deadlock_abba_ab, NULL, "deadlock_abba_ab");
	kthread_run(deadlock_abba_ba, NULL, "deadlock_abba_ba");
	return 0;
}
module_init(deadlock_abba_init);

static void __exit deadlock_abba_exit(void)
{
}
module_exit(deadlock_abba_exit);

MODULE_DESCRIPTION("Two threads take two mutexes in either order, and wait for each other");
MODULE_LICENSE("GPL");
