// SPDX-License-Identifier: GPL-2.0-only
// Keeps its CPU for some seconds, longer than the kernel was asked to wait. It must say where.
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>

static ssize_t soft_lockup_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	unsigned long end = jiffies + 6 * HZ;

	preempt_disable();
	while (time_before(jiffies, end)) /* here */
		cpu_relax(); /* here */
	preempt_enable();
	return 0;
}

static const struct file_operations soft_lockup_fops = {
	.owner = THIS_MODULE,
	.read = soft_lockup_read,
};

static struct miscdevice soft_lockup_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "soft_lockup",
	.fops = &soft_lockup_fops,
};

static int __init soft_lockup_init(void)
{
	return misc_register(&soft_lockup_device);
}
module_init(soft_lockup_init);

static void __exit soft_lockup_exit(void)
{
	misc_deregister(&soft_lockup_device);
}
module_exit(soft_lockup_exit);

MODULE_DESCRIPTION("Keeps its CPU for some seconds, longer than the kernel was asked to wait");
MODULE_LICENSE("GPL");
