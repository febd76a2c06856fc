// SPDX-License-Identifier: GPL-2.0-only
// Waits for what never comes, and can't be killed, for longer than the kernel was asked to look on.
// It must say where.
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched.h>

static ssize_t hung_task_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule_timeout(6 * HZ); /* here */
	return 0;
}

static const struct file_operations hung_task_fops = {
	.owner = THIS_MODULE,
	.read = hung_task_read,
};

static struct miscdevice hung_task_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hung_task",
	.fops = &hung_task_fops,
};

static int __init hung_task_init(void)
{
	return misc_register(&hung_task_device);
}
module_init(hung_task_init);

static void __exit hung_task_exit(void)
{
	misc_deregister(&hung_task_device);
}
module_exit(hung_task_exit);

MODULE_DESCRIPTION("Waits for what never comes, and can't be killed, for longer than the kernel was asked to look on");
MODULE_LICENSE("GPL");
