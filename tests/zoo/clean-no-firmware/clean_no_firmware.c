// SPDX-License-Identifier: GPL-2.0-only
// Asks for firmware that is not there, and goes on without. That is right.
#include <linux/device.h>
#include <linux/firmware.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/platform_device.h>

static struct platform_device *device;

static int __init clean_no_firmware_init(void)
{
	const struct firmware *firmware;
	int err;

	device = platform_device_register_simple("clean_no_firmware", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(device))
		return PTR_ERR(device);
	err = request_firmware(&firmware, "workbench/none.bin", &device->dev);
	if (!err)
		release_firmware(firmware);
	dev_info(&device->dev, "firmware: %d\n", err);
	return 0;
}
module_init(clean_no_firmware_init);

static void __exit clean_no_firmware_exit(void)
{
	platform_device_unregister(device);
}
module_exit(clean_no_firmware_exit);

MODULE_DESCRIPTION("Asks for firmware that is not there, and goes on without");
MODULE_LICENSE("GPL");
