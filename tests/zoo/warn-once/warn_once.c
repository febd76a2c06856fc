// SPDX-License-Identifier: GPL-2.0-only
// WARN_ON_ONCE, three times at one place, in a step. It must be seen once, during that step.
#include <linux/bug.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static ssize_t warn_once_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	int times;

	for (times = 0; times < 3; times++)
		WARN_ON_ONCE(READ_ONCE(file->f_op)); /* here */
	return 0;
}

static const struct file_operations warn_once_fops = {
	.owner = THIS_MODULE,
	.read = warn_once_read,
};

static struct miscdevice warn_once_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "warn_once",
	.fops = &warn_once_fops,
};

static int __init warn_once_init(void)
{
	return misc_register(&warn_once_device);
}
module_init(warn_once_init);

static void __exit warn_once_exit(void)
{
	misc_deregister(&warn_once_device);
}
module_exit(warn_once_exit);

MODULE_DESCRIPTION("WARN_ON_ONCE, three times at one place, in a step");
MODULE_LICENSE("GPL");
