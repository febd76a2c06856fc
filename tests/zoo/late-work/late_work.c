// SPDX-License-Identifier: GPL-2.0-only
// Begins delayed work in its exit function, which comes when the module is gone.
#include <linux/module.h>
#include <linux/workqueue.h>

static void late_work_works(struct work_struct *work)
{
}

static DECLARE_DELAYED_WORK(late_work_work, late_work_works);

static int __init late_work_init(void)
{
	return 0;
}
module_init(late_work_init);

static void __exit late_work_exit(void)
{
	schedule_delayed_work(&late_work_work, msecs_to_jiffies(200));
}
module_exit(late_work_exit);

MODULE_DESCRIPTION("Begins delayed work in its exit function, which comes when the module is gone");
MODULE_LICENSE("GPL");
