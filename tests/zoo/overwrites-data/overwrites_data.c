// SPDX-License-Identifier: GPL-2.0-only
// Overwrites the data of the first process, so that its report can't be believed. That must not be
// a pass.
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

static int overwrites_data_overwrite(void)
{
	struct task_struct *init = get_pid_task(find_vpid(1), PIDTYPE_PID);
	struct mm_struct *mm = init ? init->mm : NULL;
	char *junk = kmalloc(PAGE_SIZE, GFP_KERNEL);
	unsigned long at;

	if (!mm || !junk)
		return -ENOMEM;
	memset(junk, 0x41, PAGE_SIZE);
	for (at = mm->start_data & PAGE_MASK; at < PAGE_ALIGN(mm->end_data); at += PAGE_SIZE)
		access_process_vm(init, at, junk, PAGE_SIZE, FOLL_FORCE | FOLL_WRITE); /* here */
	kfree(junk);
	put_task_struct(init);
	return 0;
}

static int __init overwrites_data_init(void)
{
	return overwrites_data_overwrite();
}
module_init(overwrites_data_init);

static void __exit overwrites_data_exit(void)
{
}
module_exit(overwrites_data_exit);

MODULE_DESCRIPTION("Overwrites the data of the first process, so that its report can't be believed");
MODULE_LICENSE("GPL");
