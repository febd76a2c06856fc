// SPDX-License-Identifier: GPL-2.0-only
// Asks for firmware that a step has put where the kernel looks for it.
#include <linux/firmware.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/platform_device.h>

static struct miscdevice clean_firmware_device;

static ssize_t clean_firmware_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	const struct firmware *firmware;
	int err = request_firmware(&firmware, "workbench.bin", clean_firmware_device.this_device);
	ssize_t copied;

	if (err)
		return err;
	copied = simple_read_from_buffer(to, length, at, firmware->data, firmware->size);
	release_firmware(firmware);
	return copied;
}

static const struct file_operations clean_firmware_fops = {
	.owner = THIS_MODULE,
	.read = clean_firmware_read,
};

static struct miscdevice clean_firmware_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "clean_firmware",
	.fops = &clean_firmware_fops,
};

static int __init clean_firmware_init(void)
{
	return misc_register(&clean_firmware_device);
}
module_init(clean_firmware_init);

static void __exit clean_firmware_exit(void)
{
	misc_deregister(&clean_firmware_device);
}
module_exit(clean_firmware_exit);

MODULE_DESCRIPTION("Asks for firmware that a step has put where the kernel looks for it");
MODULE_LICENSE("GPL");
