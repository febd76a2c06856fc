// SPDX-License-Identifier: GPL-2.0-only
// A device node that is read and written, done right.
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

static DEFINE_MUTEX(lock);
static char text[64];
static size_t used;

static ssize_t clean_misc_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	ssize_t copied;

	mutex_lock(&lock);
	copied = simple_read_from_buffer(to, length, at, text, used);
	mutex_unlock(&lock);
	return copied;
}

static ssize_t clean_misc_write(struct file *file, const char __user *from, size_t length, loff_t *at)
{
	ssize_t copied;

	mutex_lock(&lock);
	copied = simple_write_to_buffer(text, sizeof(text), at, from, length);
	used = copied < 0 ? 0 : copied;
	mutex_unlock(&lock);
	return copied;
}

static const struct file_operations clean_misc_fops = {
	.owner = THIS_MODULE,
	.read = clean_misc_read,
	.write = clean_misc_write,
};

static struct miscdevice clean_misc_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "clean_misc",
	.fops = &clean_misc_fops,
};

static int __init clean_misc_init(void)
{
	return misc_register(&clean_misc_device);
}
module_init(clean_misc_init);

static void __exit clean_misc_exit(void)
{
	misc_deregister(&clean_misc_device);
}
module_exit(clean_misc_exit);

MODULE_DESCRIPTION("A device node that is read and written, done right");
MODULE_LICENSE("GPL");
