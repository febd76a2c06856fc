// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the machine weighs speed against noise: one choice, that can be seen and
 * made in four places.
 */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/sysfs.h>

#include "qc71.h"
#include "qc71_compat.h"

/* The bits that the machine has; those that it lacks may mean something else. */
static u8 qc71_perf_mask(struct qc71 *qc)
{
	return (qc71_has(qc, QC71_SILENT) ? QC71_MODE_SILENT : 0) |
	       (qc71_has(qc, QC71_TURBO) ? QC71_MODE_TURBO : 0);
}

static int qc71_perf_get(struct qc71 *qc, enum qc71_perf *perf)
{
	u8 mode;
	int err;

	err = qc71_ec_read(&qc->ec, QC71_REG_MODE, &mode);
	if (!err)
		*perf = qc71_decode_perf(mode & qc71_perf_mask(qc));
	return err;
}

static int qc71_perf_set(struct qc71 *qc, enum qc71_perf perf)
{
	u8 mask = qc71_perf_mask(qc);
	u8 bits = qc71_encode_perf(perf);

	/* Where the driver is in charge, this bit goes with every mode. */
	if (qc71_has(qc, QC71_MANUAL_AT_LOAD)) {
		mask |= QC71_MODE_HIGH;
		bits |= QC71_MODE_HIGH;
	}
	return qc71_ec_update(&qc->ec, QC71_REG_MODE, mask, bits);
}

static bool qc71_perf_can(struct qc71 *qc, int perf)
{
	switch (perf) {
	case QC71_PERF_SAVER:
		return qc71_has(qc, QC71_SILENT);
	case QC71_PERF_BALANCED:
		return true;
	case QC71_PERF_FAST:
		return qc71_has(qc, QC71_TURBO);
	default:
		return false;
	}
}

static void qc71_perf_notify_files(struct qc71 *qc)
{
	qc71_notify(qc, "performance_mode");
	qc71_notify(qc, "silent_mode");
	qc71_notify(qc, "turbo_mode");
}

static ssize_t performance_mode_show(struct device *dev,
				     struct device_attribute *attr, char *buf)
{
	enum qc71_perf perf;
	int err;

	err = qc71_perf_get(qc71_of(dev), &perf);
	return err ?: sysfs_emit(buf, "%d\n", perf);
}

static ssize_t performance_mode_store(struct device *dev,
				      struct device_attribute *attr,
				      const char *buf, size_t count)
{
	struct qc71 *qc = qc71_of(dev);
	int perf;
	int err;

	if (kstrtoint(buf, 10, &perf) || !qc71_perf_can(qc, perf))
		return -EINVAL;

	err = qc71_perf_set(qc, perf);
	if (err)
		return err;

	qc71_perf_changed(qc);
	return count;
}
static DEVICE_ATTR_RW(performance_mode);

static ssize_t qc71_perf_bit_show(struct device *dev, u8 bit, char *buf)
{
	bool set;
	int err;

	err = qc71_ec_read_bit(&qc71_of(dev)->ec, QC71_REG_MODE, bit, &set);
	return err ?: sysfs_emit(buf, "%d\n", set);
}

/* Silent and turbo exclude each other: setting one clears the other. */
static ssize_t qc71_perf_bit_store(struct device *dev, u8 bit, const char *buf,
				   size_t count)
{
	struct qc71 *qc = qc71_of(dev);
	bool set;
	int err;

	err = qc71_parse_bool(buf, &set);
	if (err)
		return err;

	err = qc71_ec_update(&qc->ec, QC71_REG_MODE,
			     set ? qc71_perf_mask(qc) : bit, set ? bit : 0);
	if (err)
		return err;

	qc71_perf_changed(qc);
	return count;
}

static ssize_t silent_mode_show(struct device *dev, struct device_attribute *attr,
				char *buf)
{
	return qc71_perf_bit_show(dev, QC71_MODE_SILENT, buf);
}

static ssize_t silent_mode_store(struct device *dev, struct device_attribute *attr,
				 const char *buf, size_t count)
{
	return qc71_perf_bit_store(dev, QC71_MODE_SILENT, buf, count);
}
static DEVICE_ATTR_RW(silent_mode);

static ssize_t turbo_mode_show(struct device *dev, struct device_attribute *attr,
			       char *buf)
{
	return qc71_perf_bit_show(dev, QC71_MODE_TURBO, buf);
}

static ssize_t turbo_mode_store(struct device *dev, struct device_attribute *attr,
				const char *buf, size_t count)
{
	return qc71_perf_bit_store(dev, QC71_MODE_TURBO, buf, count);
}
static DEVICE_ATTR_RW(turbo_mode);

static struct attribute *qc71_perf_attrs[] = {
	&dev_attr_performance_mode.attr,
	&dev_attr_silent_mode.attr,
	&dev_attr_turbo_mode.attr,
	NULL
};

static umode_t qc71_perf_is_visible(struct kobject *kobj,
				    struct attribute *attr, int n)
{
	u32 needed = attr == &dev_attr_silent_mode.attr ? QC71_SILENT :
		     attr == &dev_attr_turbo_mode.attr ? QC71_TURBO : QC71_PERF;

	return qc71_has(qc71_of(kobj_to_dev(kobj)), needed) ? attr->mode : 0;
}

const struct attribute_group qc71_perf_group = {
	.is_visible = qc71_perf_is_visible,
	.attrs = qc71_perf_attrs,
};

#if QC71_HAVE_PROFILES
static const enum platform_profile_option qc71_profiles[] = {
	[QC71_PERF_SAVER] = PLATFORM_PROFILE_LOW_POWER,
	[QC71_PERF_BALANCED] = PLATFORM_PROFILE_BALANCED,
	[QC71_PERF_FAST] = PLATFORM_PROFILE_PERFORMANCE,
};

static int qc71_profile_probe(void *drvdata, unsigned long *choices)
{
	int perf;

	for (perf = QC71_PERF_SAVER; perf <= QC71_PERF_FAST; perf++) {
		if (qc71_perf_can(drvdata, perf))
			__set_bit(qc71_profiles[perf], choices);
	}
	return 0;
}

static int qc71_profile_get(struct device *dev, enum platform_profile_option *profile)
{
	enum qc71_perf perf;
	int err;

	err = qc71_perf_get(qc71_of(dev), &perf);
	if (!err)
		*profile = qc71_profiles[perf];
	return err;
}

static int qc71_profile_set(struct device *dev, enum platform_profile_option profile)
{
	struct qc71 *qc = qc71_of(dev);
	int perf;
	int err;

	for (perf = QC71_PERF_SAVER; perf <= QC71_PERF_FAST; perf++) {
		if (qc71_profiles[perf] == profile && qc71_perf_can(qc, perf)) {
			err = qc71_perf_set(qc, perf);
			/* Who waits for the profile itself is told by its core. */
			if (!err)
				qc71_perf_notify_files(qc);
			return err;
		}
	}
	return -EOPNOTSUPP;
}

static const struct platform_profile_ops qc71_profile_ops = {
	.probe = qc71_profile_probe,
	.profile_get = qc71_profile_get,
	.profile_set = qc71_profile_set,
};

static void qc71_profile_notify(struct qc71 *qc)
{
	if (qc->profile)
		platform_profile_notify(qc->profile);
}

static int qc71_profile_init(struct qc71 *qc)
{
	struct device *profile;

	profile = devm_platform_profile_register(qc->dev, QC71_NAME, qc,
						 &qc71_profile_ops);
	if (PTR_ERR_OR_ZERO(profile) == -EEXIST) {
		dev_info(qc->dev, "another driver has the platform profile\n");
		return 0;
	}
	if (IS_ERR(profile))
		return PTR_ERR(profile);

	qc->profile = profile;
	return 0;
}
#else
static void qc71_profile_notify(struct qc71 *qc)
{
}

static int qc71_profile_init(struct qc71 *qc)
{
	return 0;
}
#endif

/*
 * To be called without a lock: the platform profile's own one is taken in here,
 * and is held when the profile is set.
 */
void qc71_perf_changed(struct qc71 *qc)
{
	qc71_perf_notify_files(qc);
	qc71_profile_notify(qc);
}

int qc71_perf_init(struct qc71 *qc)
{
	return qc71_has(qc, QC71_PERF) ? qc71_profile_init(qc) : 0;
}
