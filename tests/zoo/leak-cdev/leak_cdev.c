// SPDX-License-Identifier: GPL-2.0-only
// Keeps its character device when it is unloaded.
#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/module.h>

static dev_t number;
static struct cdev leak_cdev_cdev;
static const struct file_operations leak_cdev_fops = {
	.owner = THIS_MODULE,
};

static int __init leak_cdev_init(void)
{
	int err = alloc_chrdev_region(&number, 0, 1, "leak_cdev");

	if (err)
		return err;
	cdev_init(&leak_cdev_cdev, &leak_cdev_fops);
	return cdev_add(&leak_cdev_cdev, number, 1);
}
module_init(leak_cdev_init);

static void __exit leak_cdev_exit(void)
{
}
module_exit(leak_cdev_exit);

MODULE_DESCRIPTION("Keeps its character device when it is unloaded");
MODULE_LICENSE("GPL");
