// SPDX-License-Identifier: GPL-2.0-only
// Goes while somebody sleeps in its code, since nobody told the kernel whose it is. What comes of that comes later.
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static ssize_t task_in_gone_code_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	msleep(60000);
	return 0;
}

static const struct file_operations task_in_gone_code_fops = {
	.read = task_in_gone_code_read,
};

static struct miscdevice task_in_gone_code_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "task_in_gone_code",
	.fops = &task_in_gone_code_fops,
};

static int __init task_in_gone_code_init(void)
{
	return misc_register(&task_in_gone_code_device);
}
module_init(task_in_gone_code_init);

static void __exit task_in_gone_code_exit(void)
{
	misc_deregister(&task_in_gone_code_device);
}
module_exit(task_in_gone_code_exit);

MODULE_DESCRIPTION("Goes while somebody sleeps in its code");
MODULE_LICENSE("GPL");
