// SPDX-License-Identifier: GPL-2.0-only
// Forgets a large piece of memory. The kernel's list of such pieces still has it.
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

static DECLARE_COMPLETION(forgotten);

/* In a thread, which takes its stack along: kmemleak takes what is left on one for a pointer. */
static int leak_vmalloc_forget(void *unused)
{
	void *room = vmalloc(1 << 20); /* here */

	OPTIMIZER_HIDE_VAR(room);
	complete(&forgotten);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int __init leak_vmalloc_init(void)
{
	struct task_struct *thread = kthread_run(leak_vmalloc_forget, NULL, "leak_vmalloc");

	if (IS_ERR(thread))
		return PTR_ERR(thread);
	wait_for_completion(&forgotten);
	kthread_stop(thread);
	return 0;
}
module_init(leak_vmalloc_init);

static void __exit leak_vmalloc_exit(void)
{
}
module_exit(leak_vmalloc_exit);

MODULE_DESCRIPTION("Forgets a large piece of memory");
MODULE_LICENSE("GPL");
