// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lightbar.  It has two sets of registers, for mains and for battery; both
 * are written, so that it looks the same on either.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/led-class-multicolor.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "qc71.h"

#define QC71_COLORS	3

/* The attribute color has a digit for each. */
#define QC71_DIGIT_MAX	9

/**
 * struct qc71_lightbar - the lightbar
 * @qc: whose lightbar it is
 * @led: the LED; its brightness and its colours have the controller's scale
 * @colors: red, green and blue
 * @lit: how bright it was when it was last lit
 */
struct qc71_lightbar {
	struct qc71 *qc;
	struct led_classdev_mc led;
	struct mc_subled colors[QC71_COLORS];
	unsigned int lit;
};

static struct qc71_lightbar *qc71_lightbar_of(struct led_classdev *led)
{
	return container_of(led, struct qc71_lightbar, led.led_cdev);
}

static int qc71_lightbar_set_colors(struct qc71_lightbar *bar,
				    const unsigned int *intensities,
				    unsigned int brightness)
{
	unsigned int max = bar->led.led_cdev.max_brightness;
	struct qc71_ec *ec = &bar->qc->ec;
	int err = 0;
	int i;

	for (i = 0; !err && i < QC71_COLORS; i++) {
		u8 value = qc71_encode_color(intensities[i], brightness, max, max);

		err = qc71_ec_update(ec, QC71_REG_LIGHTBAR_RED + i, 0xff, value);
		if (!err)
			err = qc71_ec_update(ec, QC71_REG_LIGHTBAR_DC + 1 + i, 0xff,
					     value);
	}
	return err;
}

/* On battery it never breathes while the machine sleeps. */
static int qc71_lightbar_switch(struct qc71 *qc, bool on)
{
	u8 off = on ? 0 : QC71_LIGHTBAR_S0_OFF;
	int err;

	err = qc71_ec_update(&qc->ec, QC71_REG_LIGHTBAR, QC71_LIGHTBAR_S0_OFF, off);
	if (err)
		return err;

	return qc71_ec_update(&qc->ec, QC71_REG_LIGHTBAR_DC,
			      QC71_LIGHTBAR_S0_OFF | QC71_LIGHTBAR_S3_OFF,
			      off | QC71_LIGHTBAR_S3_OFF);
}

static int qc71_lightbar_set(struct led_classdev *led, enum led_brightness brightness)
{
	struct qc71_lightbar *bar = qc71_lightbar_of(led);
	unsigned int intensities[QC71_COLORS];
	int err;
	int i;

	/* Older kernels switch off what they unregister, against its flag. */
	if (led->flags & LED_UNREGISTERING)
		return 0;

	/* Switched off it keeps its colours, for when it is switched on. */
	if (brightness) {
		for (i = 0; i < QC71_COLORS; i++)
			intensities[i] = bar->colors[i].intensity;
		err = qc71_lightbar_set_colors(bar, intensities, brightness);
		if (err)
			return err;
		bar->lit = brightness;
	}
	return qc71_lightbar_switch(bar->qc, brightness);
}

static enum led_brightness qc71_lightbar_get(struct led_classdev *led)
{
	struct qc71_lightbar *bar = qc71_lightbar_of(led);
	bool off;
	int err;

	err = qc71_ec_read_bit(&bar->qc->ec, QC71_REG_LIGHTBAR, QC71_LIGHTBAR_S0_OFF,
			       &off);
	if (err)
		return err;
	return off ? LED_OFF : bar->lit;
}

static struct qc71 *qc71_of_led(struct device *dev)
{
	struct led_classdev *led = dev_get_drvdata(dev);

	return qc71_lightbar_of(led)->qc;
}

/* It goes before the colour, which it doesn't change. */
static ssize_t rainbow_mode_show(struct device *dev, struct device_attribute *attr,
				 char *buf)
{
	bool rainbow;
	int err;

	err = qc71_ec_read_bit(&qc71_of_led(dev)->ec, QC71_REG_LIGHTBAR,
			       QC71_LIGHTBAR_RAINBOW, &rainbow);
	return err ?: sysfs_emit(buf, "%d\n", rainbow);
}

static ssize_t rainbow_mode_store(struct device *dev, struct device_attribute *attr,
				  const char *buf, size_t count)
{
	struct qc71_ec *ec = &qc71_of_led(dev)->ec;
	bool rainbow;
	u8 bits;
	int err;

	err = qc71_parse_bool(buf, &rainbow);
	if (err)
		return err;

	bits = rainbow ? QC71_LIGHTBAR_RAINBOW : 0;
	err = qc71_ec_update(ec, QC71_REG_LIGHTBAR, QC71_LIGHTBAR_RAINBOW, bits);
	if (!err)
		err = qc71_ec_update(ec, QC71_REG_LIGHTBAR_DC,
				     QC71_LIGHTBAR_RAINBOW, bits);
	return err ?: count;
}
static DEVICE_ATTR_RW(rainbow_mode);

static ssize_t brightness_s3_show(struct device *dev, struct device_attribute *attr,
				  char *buf)
{
	bool off;
	int err;

	err = qc71_ec_read_bit(&qc71_of_led(dev)->ec, QC71_REG_LIGHTBAR,
			       QC71_LIGHTBAR_S3_OFF, &off);
	return err ?: sysfs_emit(buf, "%d\n", !off);
}

static ssize_t brightness_s3_store(struct device *dev, struct device_attribute *attr,
				   const char *buf, size_t count)
{
	bool on;
	int err;

	err = qc71_parse_bool(buf, &on);
	if (err)
		return err;

	err = qc71_ec_update(&qc71_of_led(dev)->ec, QC71_REG_LIGHTBAR,
			     QC71_LIGHTBAR_S3_OFF, on ? 0 : QC71_LIGHTBAR_S3_OFF);
	return err ?: count;
}
static DEVICE_ATTR_RW(brightness_s3);

/* What multi_intensity and brightness make together, for older programs. */
static ssize_t color_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct qc71_lightbar *bar = qc71_lightbar_of(dev_get_drvdata(dev));
	unsigned int max = bar->led.led_cdev.max_brightness;
	char digits[QC71_COLORS + 1] = "";
	u8 value;
	int err;
	int i;

	for (i = 0; i < QC71_COLORS; i++) {
		err = qc71_ec_read(&bar->qc->ec, QC71_REG_LIGHTBAR_RED + i, &value);
		if (err)
			return err;
		digits[i] = '0' + qc71_scale(value, max, QC71_DIGIT_MAX);
	}
	return sysfs_emit(buf, "%s\n", digits);
}

/* It is shown as bright as it is, but does not switch the light on. */
static ssize_t color_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t count)
{
	struct led_classdev *led = dev_get_drvdata(dev);
	struct qc71_lightbar *bar = qc71_lightbar_of(led);
	unsigned int intensities[QC71_COLORS];
	int err;
	int i;

	if (count != QC71_COLORS && (count != QC71_COLORS + 1 || buf[QC71_COLORS] != '\n'))
		return -EINVAL;
	for (i = 0; i < QC71_COLORS; i++) {
		if (!isdigit(buf[i]))
			return -EINVAL;
		intensities[i] = qc71_scale(buf[i] - '0', QC71_DIGIT_MAX,
					    led->max_brightness);
	}

	mutex_lock(&led->led_access);
	err = qc71_lightbar_set_colors(bar, intensities, led->max_brightness);
	if (!err) {
		for (i = 0; i < QC71_COLORS; i++)
			bar->colors[i].intensity = intensities[i];
		bar->lit = led->max_brightness;
		if (led->brightness)
			led->brightness = led->max_brightness;
	}
	mutex_unlock(&led->led_access);
	return err ?: count;
}
static DEVICE_ATTR_RW(color);

static struct attribute *qc71_lightbar_attrs[] = {
	&dev_attr_color.attr,
	&dev_attr_rainbow_mode.attr,
	&dev_attr_brightness_s3.attr,
	NULL
};

static const struct attribute_group qc71_lightbar_group = {
	.attrs = qc71_lightbar_attrs,
};

static void qc71_lightbar_remove_group(void *data)
{
	device_remove_group(data, &qc71_lightbar_group);
}

/* The multicolour class has the LED's groups for itself, so ours comes later. */
static int qc71_lightbar_add_group(struct qc71 *qc, struct device *led)
{
	int err;

	err = device_add_group(led, &qc71_lightbar_group);
	if (err)
		return err;

	return devm_add_action_or_reset(qc->dev, qc71_lightbar_remove_group, led);
}

/* What the controller shows now is what the LED starts with. */
static int qc71_lightbar_look(struct qc71_lightbar *bar)
{
	static const int ids[] = { LED_COLOR_ID_RED, LED_COLOR_ID_GREEN, LED_COLOR_ID_BLUE };
	struct led_classdev *led = &bar->led.led_cdev;
	u8 value;
	int err;
	int i;

	for (i = 0; i < QC71_COLORS; i++) {
		err = qc71_ec_read(&bar->qc->ec, QC71_REG_LIGHTBAR_RED + i, &value);
		if (err)
			return err;
		bar->colors[i].color_index = ids[i];
		bar->colors[i].channel = i;
		bar->colors[i].intensity = value;
	}

	bar->lit = led->max_brightness;
	led->brightness = led->max_brightness;
	return 0;
}

/* The controller, or a key that it handles, changed the light. */
void qc71_lightbar_changed(struct qc71 *qc)
{
	struct led_classdev *led;
	int brightness;

	if (!qc->lightbar)
		return;

	led = &qc->lightbar->led.led_cdev;
	brightness = (int)qc71_lightbar_get(led);
	if (brightness >= 0)
		led_classdev_notify_brightness_hw_changed(led, brightness);
}

int qc71_lightbar_init(struct qc71 *qc)
{
	struct qc71_lightbar *bar;
	struct led_classdev *led;
	int err;

	if (!qc71_has(qc, QC71_LIGHTBAR))
		return 0;

	bar = devm_kzalloc(qc->dev, sizeof(*bar), GFP_KERNEL);
	if (!bar)
		return -ENOMEM;

	bar->qc = qc;
	bar->led.subled_info = bar->colors;
	bar->led.num_colors = QC71_COLORS;
	led = &bar->led.led_cdev;
	led->name = QC71_NAME "::lightbar";
	led->max_brightness = qc->model->lightbar_max;
	led->flags = LED_BRIGHT_HW_CHANGED | LED_RETAIN_AT_SHUTDOWN;
	led->brightness_set_blocking = qc71_lightbar_set;
	led->brightness_get = qc71_lightbar_get;

	err = qc71_lightbar_look(bar);
	if (!err)
		err = qc71_mcled_register(qc->dev, &bar->led);
	if (!err)
		err = qc71_lightbar_add_group(qc, led->dev);
	if (!err)
		qc->lightbar = bar;
	return err;
}
