// SPDX-License-Identifier: GPL-2.0-only
/*
 * The attributes that are a bit in a register, and nothing more.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "qc71.h"

/**
 * struct qc71_bit - a bit that is an attribute
 * @attr: how it is shown
 * @feature: what a machine needs to have it
 * @address: the register
 * @mask: the bit
 */
struct qc71_bit {
	struct device_attribute attr;
	u32 feature;
	u16 address;
	u8 mask;
};

/* kstrtobool() looks at one letter or two, and would take 10 for 1, and "text" for true. */
int qc71_parse_bool(const char *text, bool *value)
{
	static const char * const words[] = {
		"0", "1", "n", "y", "N", "Y", "no", "yes", "off", "on",
	};
	int word = sysfs_match_string(words, text);

	if (word < 0)
		return -EINVAL;

	*value = word & 1;
	return 0;
}

static const struct qc71_bit *qc71_bit_of(struct device_attribute *attr)
{
	return container_of(attr, struct qc71_bit, attr);
}

static ssize_t qc71_bit_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	const struct qc71_bit *bit = qc71_bit_of(attr);
	bool set;
	int err;

	err = qc71_ec_read_bit(&qc71_of(dev)->ec, bit->address, bit->mask, &set);
	return err ?: sysfs_emit(buf, "%d\n", set);
}

static ssize_t qc71_bit_store(struct device *dev, struct device_attribute *attr,
			      const char *buf, size_t count)
{
	const struct qc71_bit *bit = qc71_bit_of(attr);
	bool set;
	int err;

	err = qc71_parse_bool(buf, &set);
	if (err)
		return err;

	err = qc71_ec_update(&qc71_of(dev)->ec, bit->address, bit->mask,
			     set ? bit->mask : 0);
	return err ?: count;
}

#define QC71_BIT_ATTR(_name, _feature, _address, _mask)			\
	static struct qc71_bit qc71_bit_##_name = {			\
		.attr = __ATTR(_name, 0644, qc71_bit_show, qc71_bit_store), \
		.feature = _feature,					\
		.address = _address,					\
		.mask = _mask,						\
	}

QC71_BIT_ATTR(manual_control, QC71_ALWAYS, QC71_REG_CONTROL, QC71_CONTROL_MANUAL);
QC71_BIT_ATTR(fn_lock, QC71_FN_LOCK, QC71_REG_BIOS, QC71_BIOS_FN_LOCK);
QC71_BIT_ATTR(fn_lock_switch, QC71_FN_LOCK, QC71_REG_BIOS_2, QC71_BIOS_2_FN_SWITCH);
QC71_BIT_ATTR(fan_always_on, QC71_FAN_EXTRAS, QC71_REG_FAN_EXTRA, QC71_FAN_ALWAYS_ON);
QC71_BIT_ATTR(fan_reduced_duty_cycle, QC71_FAN_EXTRAS, QC71_REG_FAN_EXTRA,
	      QC71_FAN_REDUCED_DUTY);
QC71_BIT_ATTR(custom_mode, QC71_TDP, QC71_REG_CUSTOM, QC71_CUSTOM_MODE);

static struct attribute *qc71_attrs[] = {
	&qc71_bit_manual_control.attr.attr,
	&qc71_bit_fn_lock.attr.attr,
	&qc71_bit_fn_lock_switch.attr.attr,
	&qc71_bit_fan_always_on.attr.attr,
	&qc71_bit_fan_reduced_duty_cycle.attr.attr,
	&qc71_bit_custom_mode.attr.attr,
	NULL
};

static umode_t qc71_attrs_is_visible(struct kobject *kobj,
				     struct attribute *attr, int n)
{
	struct device_attribute *dev_attr =
		container_of(attr, struct device_attribute, attr);
	struct qc71 *qc = qc71_of(kobj_to_dev(kobj));

	return qc71_has(qc, qc71_bit_of(dev_attr)->feature) ? attr->mode : 0;
}

const struct attribute_group qc71_attrs_group = {
	.is_visible = qc71_attrs_is_visible,
	.attrs = qc71_attrs,
};

void qc71_notify(struct qc71 *qc, const char *attribute)
{
	sysfs_notify(&qc->dev->kobj, NULL, attribute);
}

/* Without the driver nobody would act on the keys, so the controller has to. */
void qc71_control_shutdown(struct qc71 *qc)
{
	qc71_ec_update(&qc->ec, QC71_REG_CONTROL, QC71_CONTROL_MANUAL, 0);
}

static void qc71_control_exit(void *data)
{
	qc71_control_shutdown(data);
}

int qc71_control_init(struct qc71 *qc)
{
	int err;

	err = devm_add_action_or_reset(qc->dev, qc71_control_exit, qc);
	if (err || !qc71_has(qc, QC71_MANUAL_AT_LOAD))
		return err;

	err = qc71_ec_update(&qc->ec, QC71_REG_CONTROL, QC71_CONTROL_MANUAL,
			     QC71_CONTROL_MANUAL);
	if (err)
		return err;

	return qc71_ec_update(&qc->ec, QC71_REG_MODE, QC71_MODE_HIGH,
			      QC71_MODE_HIGH);
}
