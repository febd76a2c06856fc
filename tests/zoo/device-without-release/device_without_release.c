// SPDX-License-Identifier: GPL-2.0-only
// Has a device that nobody can release. The kernel must say that it is broken.
#include <linux/device.h>
#include <linux/module.h>

static struct device device;

static int __init device_without_release_init(void)
{
	dev_set_name(&device, "device_without_release");
	return device_register(&device);
}
module_init(device_without_release_init);

static void __exit device_without_release_exit(void)
{
	device_unregister(&device); /* here */
}
module_exit(device_without_release_exit);

MODULE_DESCRIPTION("Has a device that nobody can release");
MODULE_LICENSE("GPL");
