// SPDX-License-Identifier: GPL-2.0-only
// Reading its device waits for what never comes. The program of the test must be found there.
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/wait.h>

static DECLARE_WAIT_QUEUE_HEAD(news);
static bool is_there;

static ssize_t hang_in_read_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	return wait_event_interruptible(news, READ_ONCE(is_there)); /* here */
}

static const struct file_operations hang_in_read_fops = {
	.owner = THIS_MODULE,
	.read = hang_in_read_read,
};

static struct miscdevice hang_in_read_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hang_in_read",
	.fops = &hang_in_read_fops,
};

static int __init hang_in_read_init(void)
{
	return misc_register(&hang_in_read_device);
}
module_init(hang_in_read_init);

static void __exit hang_in_read_exit(void)
{
	misc_deregister(&hang_in_read_device);
}
module_exit(hang_in_read_exit);

MODULE_DESCRIPTION("Reading its device waits for what never comes");
MODULE_LICENSE("GPL");
