// SPDX-License-Identifier: GPL-2.0-only
// Reading its device reads through a NULL pointer. The step and the place must be named.
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static noinline int null_in_read_look(const int *at)
{
	return READ_ONCE(*at); /* here */
}

static ssize_t null_in_read_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	return null_in_read_look(NULL);
}

static const struct file_operations null_in_read_fops = {
	.owner = THIS_MODULE,
	.read = null_in_read_read,
};

static struct miscdevice null_in_read_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "null_in_read",
	.fops = &null_in_read_fops,
};

static int __init null_in_read_init(void)
{
	return misc_register(&null_in_read_device);
}
module_init(null_in_read_init);

static void __exit null_in_read_exit(void)
{
	misc_deregister(&null_in_read_device);
}
module_exit(null_in_read_exit);

MODULE_DESCRIPTION("Reading its device reads through a NULL pointer");
MODULE_LICENSE("GPL");
