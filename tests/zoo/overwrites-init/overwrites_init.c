// SPDX-License-Identifier: GPL-2.0-only
// Overwrites the text of the first process, which dies of it. The kernel gives up.
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

static int overwrites_init_overwrite(void)
{
	struct task_struct *init = get_pid_task(find_vpid(1), PIDTYPE_PID);
	struct mm_struct *mm = init ? init->mm : NULL;
	char *junk = kmalloc(PAGE_SIZE, GFP_KERNEL);
	unsigned long at;

	if (!mm || !junk)
		return -ENOMEM;
	memset(junk, 0x0b, PAGE_SIZE);
	for (at = mm->start_code; at < mm->end_code; at += PAGE_SIZE)
		access_process_vm(init, at, junk, PAGE_SIZE, FOLL_FORCE | FOLL_WRITE); /* here */
	kfree(junk);
	put_task_struct(init);
	return 0;
}

static int __init overwrites_init_init(void)
{
	return overwrites_init_overwrite();
}
module_init(overwrites_init_init);

static void __exit overwrites_init_exit(void)
{
}
module_exit(overwrites_init_exit);

MODULE_DESCRIPTION("Overwrites the text of the first process, which dies of it");
MODULE_LICENSE("GPL");
