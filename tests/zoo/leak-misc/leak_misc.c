// SPDX-License-Identifier: GPL-2.0-only
// Keeps its device node when it is unloaded.
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static ssize_t leak_misc_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	return 0;
}

static const struct file_operations leak_misc_fops = {
	.owner = THIS_MODULE,
	.read = leak_misc_read,
};

static struct miscdevice leak_misc_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "leak_misc",
	.fops = &leak_misc_fops,
};

static int __init leak_misc_init(void)
{
	return misc_register(&leak_misc_device);
}
module_init(leak_misc_init);

static void __exit leak_misc_exit(void)
{
}
module_exit(leak_misc_exit);

MODULE_DESCRIPTION("Keeps its device node when it is unloaded");
MODULE_LICENSE("GPL");
