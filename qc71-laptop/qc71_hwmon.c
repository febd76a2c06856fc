// SPDX-License-Identifier: GPL-2.0-only
/*
 * Temperatures and fans, as hwmon shows them.
 */
#include <linux/err.h>
#include <linux/hwmon.h>

#include "qc71.h"

static const char * const qc71_temp_labels[] = { "CPU", "GPU" };
static const char * const qc71_fan_labels[] = { "Main", "Secondary" };

static umode_t qc71_hwmon_is_visible(const void *data,
				     enum hwmon_sensor_types type, u32 attr,
				     int channel)
{
	const struct qc71 *qc = data;

	if (type != hwmon_pwm)
		return 0444;
	return qc71_has(qc, QC71_PWM) ? 0644 : 0;
}

static int qc71_read_temp(struct qc71 *qc, int channel, long *value)
{
	u8 degrees;
	int err;

	err = qc71_ec_read(&qc->ec, channel ? QC71_REG_GPU_TEMP : QC71_REG_CPU_TEMP,
			   &degrees);
	if (!err)
		*value = degrees * 1000L;
	return err;
}

static int qc71_read_fan(struct qc71 *qc, int channel, long *value)
{
	u8 pair[2];
	int err;

	err = qc71_ec_read_pair(&qc->ec,
				channel ? QC71_REG_FAN2_RPM : QC71_REG_FAN1_RPM,
				pair);
	if (!err)
		*value = qc71_decode_rpm(pair[0], pair[1]);
	return err;
}

static int qc71_read_pwm(struct qc71 *qc, u32 attr, int channel, long *value)
{
	enum qc71_fan_mode mode;
	int err;

	if (attr == hwmon_pwm_input)
		return qc71_fan_get_pwm(qc, channel, value);

	err = qc71_fan_get_mode(qc, &mode);
	if (!err)
		*value = mode;
	return err;
}

static int qc71_hwmon_read(struct device *dev, enum hwmon_sensor_types type,
			   u32 attr, int channel, long *value)
{
	struct qc71 *qc = dev_get_drvdata(dev);

	switch (type) {
	case hwmon_temp:
		return qc71_read_temp(qc, channel, value);
	case hwmon_fan:
		return qc71_read_fan(qc, channel, value);
	case hwmon_pwm:
		return qc71_read_pwm(qc, attr, channel, value);
	default:
		return -EOPNOTSUPP;
	}
}

static int qc71_hwmon_read_string(struct device *dev,
				  enum hwmon_sensor_types type, u32 attr,
				  int channel, const char **text)
{
	switch (type) {
	case hwmon_temp:
		*text = qc71_temp_labels[channel];
		return 0;
	case hwmon_fan:
		*text = qc71_fan_labels[channel];
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static int qc71_hwmon_write(struct device *dev, enum hwmon_sensor_types type,
			    u32 attr, int channel, long value)
{
	struct qc71 *qc = dev_get_drvdata(dev);

	if (type != hwmon_pwm)
		return -EOPNOTSUPP;
	if (attr == hwmon_pwm_input)
		return qc71_fan_set_pwm(qc, channel, value);
	return qc71_fan_set_mode(qc, value);
}

static const struct hwmon_ops qc71_hwmon_ops = {
	.is_visible = qc71_hwmon_is_visible,
	.read = qc71_hwmon_read,
	.read_string = qc71_hwmon_read_string,
	.write = qc71_hwmon_write,
};

/* The fans have one mode in common, so only the first one has an enable. */
static const struct hwmon_channel_info *qc71_hwmon_info[] = {
	HWMON_CHANNEL_INFO(temp, HWMON_T_INPUT | HWMON_T_LABEL,
			   HWMON_T_INPUT | HWMON_T_LABEL),
	HWMON_CHANNEL_INFO(fan, HWMON_F_INPUT | HWMON_F_LABEL,
			   HWMON_F_INPUT | HWMON_F_LABEL),
	HWMON_CHANNEL_INFO(pwm, HWMON_PWM_INPUT | HWMON_PWM_ENABLE,
			   HWMON_PWM_INPUT),
	NULL
};

static const struct hwmon_chip_info qc71_hwmon_chip_info = {
	.ops = &qc71_hwmon_ops,
	.info = qc71_hwmon_info,
};

int qc71_hwmon_init(struct qc71 *qc)
{
	struct device *hwmon;

	hwmon = devm_hwmon_device_register_with_info(qc->dev, QC71_NAME, qc,
						     &qc71_hwmon_chip_info, NULL);
	return PTR_ERR_OR_ZERO(hwmon);
}
