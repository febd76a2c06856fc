// SPDX-License-Identifier: GPL-2.0-only
// Keeps its workqueue when it is unloaded.
#include <linux/module.h>
#include <linux/workqueue.h>

static struct workqueue_struct *queue;

static int __init leak_workqueue_init(void)
{
	queue = alloc_workqueue("leak_workqueue", WQ_UNBOUND | WQ_MEM_RECLAIM, 1);
	return queue ? 0 : -ENOMEM;
}
module_init(leak_workqueue_init);

static void __exit leak_workqueue_exit(void)
{
}
module_exit(leak_workqueue_exit);

MODULE_DESCRIPTION("Keeps its workqueue when it is unloaded");
MODULE_LICENSE("GPL");
