// SPDX-License-Identifier: GPL-2.0-only
// An attribute shows more than fits into a page. Until 6.12 the kernel says so in a line of no great looks.
#include <linux/device.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>

static struct device *shows_too_much_device;

static ssize_t text_show(struct device *device, struct device_attribute *attribute, char *buffer)
{
	return PAGE_SIZE + 1; /* here */
}
static DEVICE_ATTR_RO(text);

static int __init shows_too_much_init(void)
{
	int error;

	shows_too_much_device = root_device_register("shows_too_much");
	if (IS_ERR(shows_too_much_device))
		return PTR_ERR(shows_too_much_device);
	error = device_create_file(shows_too_much_device, &dev_attr_text);
	if (error)
		root_device_unregister(shows_too_much_device);
	return error;
}
module_init(shows_too_much_init);

static void __exit shows_too_much_exit(void)
{
	device_remove_file(shows_too_much_device, &dev_attr_text);
	root_device_unregister(shows_too_much_device);
}
module_exit(shows_too_much_exit);

MODULE_DESCRIPTION("An attribute shows more than fits into a page");
MODULE_LICENSE("GPL");
