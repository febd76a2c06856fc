// SPDX-License-Identifier: GPL-2.0-only
/*
 * LEDs of several colours.  Where the kernel was built without their class, an
 * ordinary LED gets the class's two files, so that programs see no difference.
 */
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/led-class-multicolor.h>
#include <linux/sysfs.h>

#include "qc71.h"

#if IS_REACHABLE(CONFIG_LEDS_CLASS_MULTICOLOR)

int qc71_mcled_register(struct device *dev, struct led_classdev_mc *led)
{
	return devm_led_classdev_multicolor_register(dev, led);
}

#else

#define QC71_COLORS	3

static struct led_classdev_mc *qc71_mcled_of(struct device *dev)
{
	struct led_classdev *led = dev_get_drvdata(dev);

	return container_of(led, struct led_classdev_mc, led_cdev);
}

static ssize_t multi_index_show(struct device *dev, struct device_attribute *attr,
				char *buf)
{
	return sysfs_emit(buf, "red green blue\n");
}
static DEVICE_ATTR_RO(multi_index);

static ssize_t multi_intensity_show(struct device *dev,
				    struct device_attribute *attr, char *buf)
{
	const struct mc_subled *color = qc71_mcled_of(dev)->subled_info;

	return sysfs_emit(buf, "%u %u %u\n", color[0].intensity,
			  color[1].intensity, color[2].intensity);
}

static ssize_t multi_intensity_store(struct device *dev,
				     struct device_attribute *attr,
				     const char *buf, size_t count)
{
	struct led_classdev_mc *led = qc71_mcled_of(dev);
	unsigned int intensity[QC71_COLORS];
	char more;
	int i;

	if (sscanf(buf, "%u %u %u %c", &intensity[0], &intensity[1],
		   &intensity[2], &more) != QC71_COLORS)
		return -EINVAL;

	mutex_lock(&led->led_cdev.led_access);
	for (i = 0; i < QC71_COLORS; i++)
		led->subled_info[i].intensity = intensity[i];
	led_set_brightness(&led->led_cdev, led->led_cdev.brightness);
	mutex_unlock(&led->led_cdev.led_access);
	return count;
}
static DEVICE_ATTR_RW(multi_intensity);

static struct attribute *qc71_mcled_attrs[] = {
	&dev_attr_multi_index.attr,
	&dev_attr_multi_intensity.attr,
	NULL
};
ATTRIBUTE_GROUPS(qc71_mcled);

int qc71_mcled_register(struct device *dev, struct led_classdev_mc *led)
{
	led->led_cdev.groups = qc71_mcled_groups;
	return devm_led_classdev_register(dev, &led->led_cdev);
}

#endif
