// SPDX-License-Identifier: GPL-2.0-only
// Copies more to a program than the object has. The kernel must stop it, and name the place.
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

static size_t too_much = 4000;

static ssize_t usercopy_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	char *object = kzalloc(64, GFP_KERNEL);
	size_t most = min(length, READ_ONCE(too_much));
	ssize_t copied = most;

	if (!object)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(object);
	if (copy_to_user(to, object, most)) /* here */
		copied = -EFAULT;
	kfree(object);
	return copied;
}

static const struct file_operations usercopy_fops = {
	.owner = THIS_MODULE,
	.read = usercopy_read,
};

static struct miscdevice usercopy_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "usercopy",
	.fops = &usercopy_fops,
};

static int __init usercopy_init(void)
{
	return misc_register(&usercopy_device);
}
module_init(usercopy_init);

static void __exit usercopy_exit(void)
{
	misc_deregister(&usercopy_device);
}
module_exit(usercopy_exit);

MODULE_DESCRIPTION("Copies more to a program than the object has");
MODULE_LICENSE("GPL");
