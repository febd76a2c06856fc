// SPDX-License-Identifier: GPL-2.0-only
// A workqueue of its own that is drained and destroyed, done right.
#include <linux/module.h>
#include <linux/workqueue.h>

static struct workqueue_struct *queue;
static int done;

static void clean_workqueue_works(struct work_struct *work)
{
	WRITE_ONCE(done, 1);
}

static DECLARE_WORK(clean_workqueue_work, clean_workqueue_works);

static int __init clean_workqueue_init(void)
{
	queue = alloc_workqueue("clean_workqueue", WQ_UNBOUND, 1);
	if (!queue)
		return -ENOMEM;
	queue_work(queue, &clean_workqueue_work);
	return 0;
}
module_init(clean_workqueue_init);

static void __exit clean_workqueue_exit(void)
{
	destroy_workqueue(queue);
	pr_info("done: %d\n", READ_ONCE(done));
}
module_exit(clean_workqueue_exit);

MODULE_DESCRIPTION("A workqueue of its own that is drained and destroyed, done right");
MODULE_LICENSE("GPL");
