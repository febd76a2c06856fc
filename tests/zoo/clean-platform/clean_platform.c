// SPDX-License-Identifier: GPL-2.0-only
// A platform driver with a device of its own, done right.
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static struct platform_device *device;

static int clean_platform_probe(struct platform_device *found)
{
	void *room = devm_kzalloc(&found->dev, 100, GFP_KERNEL);

	if (!room)
		return -ENOMEM;
	platform_set_drvdata(found, room);
	dev_info(&found->dev, "probed\n");
	return 0;
}

static struct platform_driver clean_platform_driver = {
	.driver.name = "clean_platform",
	.probe = clean_platform_probe,
};

static int __init clean_platform_init(void)
{
	int err = platform_driver_register(&clean_platform_driver);

	if (err)
		return err;
	device = platform_device_register_simple("clean_platform", PLATFORM_DEVID_NONE, NULL, 0);
	if (!IS_ERR(device))
		return 0;
	platform_driver_unregister(&clean_platform_driver);
	return PTR_ERR(device);
}
module_init(clean_platform_init);

static void __exit clean_platform_exit(void)
{
	platform_device_unregister(device);
	platform_driver_unregister(&clean_platform_driver);
}
module_exit(clean_platform_exit);

MODULE_DESCRIPTION("A platform driver with a device of its own, done right");
MODULE_LICENSE("GPL");
