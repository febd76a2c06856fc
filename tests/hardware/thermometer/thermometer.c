// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest driver that needs hardware: one file, which tells the
 * temperature of a sensor in the firmware, in thousandths of a degree.
 */
#include <linux/acpi.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/sysfs.h>

static ssize_t temperature_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	unsigned long long tenths;

	if (ACPI_FAILURE(acpi_evaluate_integer(ACPI_HANDLE(dev), "GTMP", NULL,
					       &tenths)))
		return -EIO;
	return sysfs_emit(buf, "%lld\n", (long long)tenths * 100 - 273200);
}
static DEVICE_ATTR_RO(temperature);

static struct attribute *thermometer_attrs[] = {
	&dev_attr_temperature.attr,
	NULL
};
ATTRIBUTE_GROUPS(thermometer);

static int thermometer_probe(struct platform_device *pdev)
{
	return ACPI_HANDLE(&pdev->dev) ? 0 : -ENODEV;
}

static const struct acpi_device_id thermometer_ids[] = {
	{ "WBTH0001" },
	{ }
};
MODULE_DEVICE_TABLE(acpi, thermometer_ids);

static struct platform_driver thermometer_driver = {
	.probe = thermometer_probe,
	.driver = {
		.name = "thermometer",
		.acpi_match_table = thermometer_ids,
		.dev_groups = thermometer_groups,
	},
};
module_platform_driver(thermometer_driver);

MODULE_DESCRIPTION("The temperature of a sensor in the firmware");
MODULE_LICENSE("GPL");
