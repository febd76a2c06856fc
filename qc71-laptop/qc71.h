/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the driver know of each other.
 */
#ifndef QC71_H
#define QC71_H

#include <linux/device.h>
#include <linux/types.h>

#include "qc71_codec.h"
#include "qc71_ec.h"
#include "qc71_regs.h"

#define QC71_NAME	"qc71_laptop"

struct attribute_group;
struct qc71_fan;
struct qc71_input;
struct qc71_kbd;
struct qc71_lightbar;
struct qc71_power;
struct qc71_superkey;

/* What a machine may have. */
#define QC71_ALWAYS		BIT(0)
#define QC71_FN_LOCK		BIT(1)
#define QC71_SUPERKEY		BIT(2)
#define QC71_FAN_EXTRAS		BIT(3)	/* always on, reduced duty */
#define QC71_PWM		BIT(4)
#define QC71_SILENT		BIT(5)
#define QC71_TURBO		BIT(6)
#define QC71_PERF		BIT(7)	/* performance_mode, platform profile */
#define QC71_TDP		BIT(8)
#define QC71_LIGHTBAR		BIT(9)
#define QC71_KBD_MONO		BIT(10)	/* a keyboard with light of one colour */
#define QC71_KBD_RGB		BIT(11)
#define QC71_LIMIT		BIT(12)	/* of the battery's charge */
#define QC71_MANUAL_AT_LOAD	BIT(13)	/* the keys need the driver in charge */
#define QC71_KEY_ON_REQUEST	BIT(14)	/* the mode's key is event 0xb0 ... */
#define QC71_KEY_ON_CHANGE	BIT(15)	/* ... or 0xbc */

#define QC71_PERF_ANY		(QC71_PERF | QC71_SILENT | QC71_TURBO)

/**
 * struct qc71_model - what is known of a model of laptop
 * @features: what it has
 * @ask: what it has if the controller says so
 * @lightbar_max: the full value of a colour of the lightbar
 * @mainline: the kernel's own uniwill-laptop drives it as well
 */
struct qc71_model {
	u32 features;
	u32 ask;
	u8 lightbar_max;
	bool mainline;
};

/**
 * struct qc71 - a laptop
 * @dev: the platform device, the parent of all that is registered
 * @model: what is known of it
 * @features: what it has
 * @ec: the way to its controller
 * @power: the limits of power, or NULL; as all that follow it is set before
 *	events come in, and belongs to the file of its name
 * @superkey: the lock of the super key, or NULL
 * @fan: the fans' modes and duties, or NULL
 * @profile: the platform profile, or NULL
 * @kbd: the light of the keyboard, or NULL
 * @lightbar: the lightbar, or NULL
 * @input: the keys
 */
struct qc71 {
	struct device *dev;
	const struct qc71_model *model;
	u32 features;
	struct qc71_ec ec;
	struct qc71_power *power;
	struct qc71_superkey *superkey;
	struct qc71_fan *fan;
	struct device *profile;
	struct qc71_kbd *kbd;
	struct qc71_lightbar *lightbar;
	struct qc71_input *input;
};

/* Does it have any of these? */
static inline bool qc71_has(const struct qc71 *qc, u32 features)
{
	return qc->features & features;
}

static inline struct qc71 *qc71_of(struct device *dev)
{
	return dev_get_drvdata(dev);
}

/* qc71_attrs.c: tells who waits for a change of an attribute of the platform device. */
void qc71_notify(struct qc71 *qc, const char *attribute);

/* As kstrtobool(), but it looks at the whole text. */
int qc71_parse_bool(const char *text, bool *value);

/* qc71_models.c: of which model this machine is, and what its controller adds. */
const struct qc71_model *qc71_model_find(bool force);
int qc71_model_ask(struct qc71 *qc);

/* qc71_keep.c */
void qc71_keep_note(struct qc71_ec *ec, u16 address, u8 mask, u8 value);
void qc71_keep_refresh(struct qc71 *qc, u16 address);
int qc71_keep_save(struct qc71 *qc);
int qc71_keep_restore(struct qc71 *qc);
int qc71_keep_restore_mains(struct qc71 *qc);

/* qc71_event.c */
int qc71_event_register(void);
void qc71_event_unregister(void);
int qc71_event_init(struct qc71 *qc);

/* qc71_attrs.c, qc71_power.c, qc71_superkey.c, qc71_perf.c: sysfs attributes. */
extern const struct attribute_group qc71_attrs_group;
extern const struct attribute_group qc71_power_group;
extern const struct attribute_group qc71_superkey_group;
extern const struct attribute_group qc71_perf_group;

int qc71_control_init(struct qc71 *qc);
void qc71_control_shutdown(struct qc71 *qc);

int qc71_power_init(struct qc71 *qc);

int qc71_superkey_init(struct qc71 *qc);
void qc71_superkey_save(struct qc71 *qc);
int qc71_superkey_restore(struct qc71 *qc);

int qc71_perf_init(struct qc71 *qc);
void qc71_perf_changed(struct qc71 *qc);

/* qc71_fan.c: the fans' modes and duties; each checks its arguments. */
int qc71_fan_init(struct qc71 *qc);
int qc71_fan_get_mode(struct qc71 *qc, enum qc71_fan_mode *mode);
int qc71_fan_set_mode(struct qc71 *qc, long mode);
int qc71_fan_get_pwm(struct qc71 *qc, int channel, long *pwm);
int qc71_fan_set_pwm(struct qc71 *qc, int channel, long pwm);
void qc71_fan_changed(struct qc71 *qc);
void qc71_fan_save(struct qc71 *qc);
int qc71_fan_restore(struct qc71 *qc);
void qc71_fan_shutdown(struct qc71 *qc);

/* qc71_hwmon.c */
int qc71_hwmon_init(struct qc71 *qc);

/* qc71_mcled.c: as devm_led_classdev_multicolor_register(), on every kernel. */
struct led_classdev_mc;
int qc71_mcled_register(struct device *dev, struct led_classdev_mc *led);

/* qc71_kbd.c, qc71_lightbar.c */
int qc71_kbd_init(struct qc71 *qc);
void qc71_kbd_changed(struct qc71 *qc);
int qc71_kbd_restore(struct qc71 *qc);
int qc71_lightbar_init(struct qc71 *qc);
void qc71_lightbar_changed(struct qc71 *qc);

/* qc71_input.c */
int qc71_input_init(struct qc71 *qc);
void qc71_input_report(struct qc71 *qc, unsigned int code);

/* qc71_battery.c */
int qc71_battery_init(struct qc71 *qc);

/* qc71_debugfs.c */
int qc71_debugfs_init(struct qc71 *qc);

#endif /* QC71_H */
