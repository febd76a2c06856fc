// SPDX-License-Identifier: GPL-2.0-only
/*
 * The processor's limits of power.
 */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "qc71.h"

/**
 * struct qc71_power - the limits of power
 * @factory: what they were when the driver was loaded
 */
struct qc71_power {
	int factory[QC71_TDP_LIMITS];
};

static int qc71_pl4_is_doubled(struct qc71 *qc, bool *doubled)
{
	return qc71_ec_read_bit(&qc->ec, QC71_REG_CUSTOM, QC71_CUSTOM_PL4_DOUBLE,
				doubled);
}

static int qc71_power_get(struct qc71 *qc, int watt[QC71_TDP_LIMITS])
{
	u8 pl[QC71_TDP_LIMITS];
	bool doubled;
	int err;
	int i;

	err = qc71_pl4_is_doubled(qc, &doubled);
	for (i = 0; !err && i < QC71_TDP_LIMITS; i++)
		err = qc71_ec_read(&qc->ec, QC71_REG_PL1 + i, &pl[i]);
	if (err)
		return err;

	watt[0] = pl[0];
	watt[1] = pl[1];
	watt[2] = qc71_decode_pl4(pl[2], doubled);
	return 0;
}

static ssize_t custom_tdp_show(struct device *dev, struct device_attribute *attr,
			       char *buf)
{
	int watt[QC71_TDP_LIMITS];
	int err;

	err = qc71_power_get(qc71_of(dev), watt);
	return err ?: sysfs_emit(buf, "%d %d %d\n", watt[0], watt[1], watt[2]);
}

/* Three numbers with blanks between them, and nothing else. */
static int qc71_parse_limits(const char *buf, int watt[QC71_TDP_LIMITS])
{
	char text[32];
	char *rest = text;
	char *word;
	int i = 0;
	int err;

	if (strscpy(text, buf, sizeof(text)) < 0)
		return -EINVAL;

	while ((word = strsep(&rest, " \t\n"))) {
		if (!*word)
			continue;
		if (i == QC71_TDP_LIMITS)
			return -EINVAL;
		err = kstrtoint(word, 10, &watt[i++]);
		if (err)
			return -EINVAL;
	}

	return i == QC71_TDP_LIMITS ? 0 : -EINVAL;
}

static ssize_t custom_tdp_store(struct device *dev, struct device_attribute *attr,
				const char *buf, size_t count)
{
	struct qc71 *qc = qc71_of(dev);
	int watt[QC71_TDP_LIMITS];
	bool doubled;
	int err;

	err = qc71_parse_limits(buf, watt);
	if (err)
		return err;
	if (!qc71_tdp_is_valid(watt, qc->power->factory))
		return -EINVAL;

	err = qc71_pl4_is_doubled(qc, &doubled);
	if (!err)
		err = qc71_ec_update(&qc->ec, QC71_REG_PL1, 0xff, watt[0]);
	if (!err)
		err = qc71_ec_update(&qc->ec, QC71_REG_PL2, 0xff, watt[1]);
	if (!err)
		err = qc71_ec_update(&qc->ec, QC71_REG_PL4, 0xff,
				     qc71_encode_pl4(watt[2], doubled));
	return err ?: count;
}
static DEVICE_ATTR_RW(custom_tdp);

static struct attribute *qc71_power_attrs[] = {
	&dev_attr_custom_tdp.attr,
	NULL
};

static umode_t qc71_power_is_visible(struct kobject *kobj,
				     struct attribute *attr, int n)
{
	return qc71_of(kobj_to_dev(kobj))->power ? attr->mode : 0;
}

const struct attribute_group qc71_power_group = {
	.is_visible = qc71_power_is_visible,
	.attrs = qc71_power_attrs,
};

int qc71_power_init(struct qc71 *qc)
{
	struct qc71_power *power;
	int err;

	if (!qc71_has(qc, QC71_TDP))
		return 0;

	power = devm_kzalloc(qc->dev, sizeof(*power), GFP_KERNEL);
	if (!power)
		return -ENOMEM;

	err = qc71_power_get(qc, power->factory);
	if (!err)
		qc->power = power;
	return err;
}
