// SPDX-License-Identifier: GPL-2.0-only
// A workqueue of the kernel calls a function that reads through a NULL pointer. The place must be
// named.
#include <linux/module.h>
#include <linux/workqueue.h>

static noinline int null_in_work_look(const int *at)
{
	return READ_ONCE(*at); /* here */
}

static void null_in_work_works(struct work_struct *work)
{
	null_in_work_look(NULL);
}

static DECLARE_WORK(null_in_work_work, null_in_work_works);

static int __init null_in_work_init(void)
{
	schedule_work(&null_in_work_work);
	return 0;
}
module_init(null_in_work_init);

static void __exit null_in_work_exit(void)
{
	cancel_work_sync(&null_in_work_work);
}
module_exit(null_in_work_exit);

MODULE_DESCRIPTION("A workqueue of the kernel calls a function that reads through a NULL pointer");
MODULE_LICENSE("GPL");
