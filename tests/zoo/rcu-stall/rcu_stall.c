// SPDX-License-Identifier: GPL-2.0-only
// Reads under RCU for longer than the kernel was asked to wait. It must say where.
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nmi.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

static struct rcu_head head;
static bool pending;

static void rcu_stall_called(struct rcu_head *rcu)
{
	WRITE_ONCE(pending, false);
}

static ssize_t rcu_stall_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	unsigned long end = jiffies + 9 * HZ;

	if (!xchg(&pending, true))
		call_rcu(&head, rcu_stall_called);
	rcu_read_lock();
	preempt_disable();
	while (time_before(jiffies, end)) { /* here */
		touch_softlockup_watchdog(); /* here */
		cpu_relax(); /* here */
	}
	preempt_enable();
	rcu_read_unlock();
	return 0;
}

static const struct file_operations rcu_stall_fops = {
	.owner = THIS_MODULE,
	.read = rcu_stall_read,
};

static struct miscdevice rcu_stall_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "rcu_stall",
	.fops = &rcu_stall_fops,
};

static int __init rcu_stall_init(void)
{
	return misc_register(&rcu_stall_device);
}
module_init(rcu_stall_init);

static void __exit rcu_stall_exit(void)
{
	misc_deregister(&rcu_stall_device);
	rcu_barrier();
}
module_exit(rcu_stall_exit);

MODULE_DESCRIPTION("Reads under RCU for longer than the kernel was asked to wait");
MODULE_LICENSE("GPL");
