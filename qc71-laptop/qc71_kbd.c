// SPDX-License-Identifier: GPL-2.0-only
/*
 * The light of the keyboard: of one colour, with a few levels, or of any.
 */
#include <linux/kernel.h>
#include <linux/led-class-multicolor.h>
#include <linux/slab.h>

#include "qc71.h"

#define QC71_RGB_BRIGHTNESS	255
#define QC71_RGB_MAX_USUAL	50

/**
 * struct qc71_kbd - the light of the keyboard
 * @qc: whose keyboard it is
 * @led: the LED; with one colour, only its inner part is used
 * @colors: red, green and blue, 0..255
 * @rgb_max: the full value of a colour, as the controller counts
 * @lit: how bright it was when it was last lit
 */
struct qc71_kbd {
	struct qc71 *qc;
	struct led_classdev_mc led;
	struct mc_subled colors[3];
	u8 rgb_max;
	unsigned int lit;
};

static const u16 qc71_rgb_registers[] = {
	QC71_REG_RGB_RED, QC71_REG_RGB_GREEN, QC71_REG_RGB_BLUE
};

static struct qc71_kbd *qc71_kbd_of(struct led_classdev *led)
{
	return container_of(led, struct qc71_kbd, led.led_cdev);
}

static int qc71_mono_set(struct led_classdev *led, enum led_brightness level)
{
	struct qc71_kbd *kbd = qc71_kbd_of(led);

	/* Older kernels switch off what they unregister, against its flag. */
	if (led->flags & LED_UNREGISTERING)
		return 0;

	return qc71_ec_apply(&kbd->qc->ec, QC71_REG_KBD,
			     QC71_KBD_LEVEL | QC71_KBD_APPLY | QC71_KBD_LIGHT_OFF,
			     qc71_encode_kbd(level));
}

static enum led_brightness qc71_mono_get(struct led_classdev *led)
{
	struct qc71_kbd *kbd = qc71_kbd_of(led);
	u8 value;
	int err;

	err = qc71_ec_read(&kbd->qc->ec, QC71_REG_KBD, &value);
	return err ?: qc71_decode_kbd(value, led->max_brightness);
}

static u8 qc71_rgb_wanted(struct qc71_kbd *kbd, int i, unsigned int brightness)
{
	return qc71_encode_color(kbd->colors[i].intensity, brightness,
				 QC71_RGB_BRIGHTNESS, kbd->rgb_max);
}

static int qc71_rgb_set(struct led_classdev *led, enum led_brightness brightness)
{
	struct qc71_kbd *kbd = qc71_kbd_of(led);
	int err = 0;
	int i;

	/* Older kernels switch off what they unregister, against its flag. */
	if (led->flags & LED_UNREGISTERING)
		return 0;

	for (i = 0; !err && i < ARRAY_SIZE(kbd->colors); i++) {
		err = qc71_ec_update(&kbd->qc->ec, qc71_rgb_registers[i], 0xff,
				     qc71_rgb_wanted(kbd, i, brightness));
	}
	if (!err && brightness)
		kbd->lit = brightness;
	return err;
}

/* Dark is what has no colour left, unless it was black that was asked for. */
static enum led_brightness qc71_rgb_get(struct led_classdev *led)
{
	struct qc71_kbd *kbd = qc71_kbd_of(led);
	bool black = true;
	u8 value;
	int err;
	int i;

	for (i = 0; i < ARRAY_SIZE(kbd->colors); i++) {
		err = qc71_ec_read(&kbd->qc->ec, qc71_rgb_registers[i], &value);
		if (err)
			return err;
		if (value)
			return kbd->lit;
		if (qc71_rgb_wanted(kbd, i, kbd->lit))
			black = false;
	}
	return black ? led->brightness : LED_OFF;
}

/* Takes the light from the controller, which would show its own effects. */
static int qc71_rgb_take(struct qc71 *qc)
{
	int err;

	err = qc71_ec_update(&qc->ec, QC71_REG_KBD_OWNER, QC71_KBD_OWNER_OS,
			     QC71_KBD_OWNER_OS);
	if (err)
		return err;

	return qc71_ec_apply(&qc->ec, QC71_REG_KBD, QC71_KBD_LEVEL | QC71_KBD_APPLY,
			     QC71_KBD_APPLY);
}

static int qc71_rgb_init(struct qc71_kbd *kbd)
{
	static const int ids[] = { LED_COLOR_ID_RED, LED_COLOR_ID_GREEN, LED_COLOR_ID_BLUE };
	struct led_classdev *led = &kbd->led.led_cdev;
	struct qc71 *qc = kbd->qc;
	u8 value;
	int err;
	int i;

	err = qc71_ec_read(&qc->ec, QC71_REG_RGB_MAX, &kbd->rgb_max);
	if (err)
		return err;
	if (!kbd->rgb_max)
		kbd->rgb_max = QC71_RGB_MAX_USUAL;

	err = qc71_rgb_take(qc);
	if (err)
		return err;

	for (i = 0; i < ARRAY_SIZE(kbd->colors); i++) {
		err = qc71_ec_read(&qc->ec, qc71_rgb_registers[i], &value);
		if (err)
			return err;
		kbd->colors[i].color_index = ids[i];
		kbd->colors[i].channel = i;
		kbd->colors[i].intensity = qc71_scale(value, kbd->rgb_max,
						      QC71_RGB_BRIGHTNESS);
	}

	kbd->lit = QC71_RGB_BRIGHTNESS;
	kbd->led.subled_info = kbd->colors;
	kbd->led.num_colors = ARRAY_SIZE(kbd->colors);
	led->name = "rgb:kbd_backlight";
	led->max_brightness = QC71_RGB_BRIGHTNESS;
	led->brightness = QC71_RGB_BRIGHTNESS;
	led->brightness_set_blocking = qc71_rgb_set;
	led->brightness_get = qc71_rgb_get;
	return qc71_mcled_register(qc->dev, &kbd->led);
}

static int qc71_mono_init(struct qc71_kbd *kbd)
{
	struct led_classdev *led = &kbd->led.led_cdev;
	struct qc71 *qc = kbd->qc;
	bool many;
	int err;

	err = qc71_ec_read_bit(&qc->ec, QC71_REG_SUPPORT_2, QC71_SUPPORT_2_LEVELS_5,
			       &many);
	if (err)
		return err;

	/* So that it is known when the mains first change. */
	qc71_keep_refresh(qc, QC71_REG_KBD);
	led->name = QC71_NAME "::kbd_backlight";
	led->max_brightness = many ? QC71_KBD_LEVELS_MANY : QC71_KBD_LEVELS_FEW;
	led->brightness_set_blocking = qc71_mono_set;
	led->brightness_get = qc71_mono_get;
	return devm_led_classdev_register(qc->dev, led);
}

/* The controller, or a key that it handles, changed the light. */
void qc71_kbd_changed(struct qc71 *qc)
{
	struct led_classdev *led;
	int brightness;

	if (!qc->kbd)
		return;

	if (qc71_has(qc, QC71_KBD_MONO))
		qc71_keep_refresh(qc, QC71_REG_KBD);

	led = &qc->kbd->led.led_cdev;
	brightness = (int)led->brightness_get(led);
	if (brightness >= 0)
		led_classdev_notify_brightness_hw_changed(led, brightness);
}

/* The colours themselves are in registers that are kept; see qc71_keep.c. */
int qc71_kbd_restore(struct qc71 *qc)
{
	return qc71_has(qc, QC71_KBD_RGB) ? qc71_rgb_take(qc) : 0;
}

int qc71_kbd_init(struct qc71 *qc)
{
	struct qc71_kbd *kbd;
	int err;

	if (!qc71_has(qc, QC71_KBD_MONO | QC71_KBD_RGB))
		return 0;

	kbd = devm_kzalloc(qc->dev, sizeof(*kbd), GFP_KERNEL);
	if (!kbd)
		return -ENOMEM;

	kbd->qc = qc;
	/* A keyboard shall not go dark because its driver goes. */
	kbd->led.led_cdev.flags = LED_BRIGHT_HW_CHANGED | LED_RETAIN_AT_SHUTDOWN;

	err = qc71_has(qc, QC71_KBD_RGB) ? qc71_rgb_init(kbd) : qc71_mono_init(kbd);
	if (!err)
		qc->kbd = kbd;
	return err;
}
