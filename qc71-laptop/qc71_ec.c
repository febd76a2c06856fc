// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access to the embedded controller.  Every access is a call of one method of
 * the firmware, and everything that the firmware may answer is suspected.
 */
#include <linux/acpi.h>
#include <linux/delay.h>
#include <linux/error-injection.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/wmi.h>

#include "qc71.h"

#define QC71_METHOD_INSTANCE	0
#define QC71_METHOD_GET_SET	4

/*
 * The vendor's own software leaves the controller alone for so long after each
 * access, and reports of timeouts, stuck fans and failing chargers come from
 * where it is asked faster.  The pause is made before the next access and not
 * after this one, so that who comes rarely never waits.
 */
#define QC71_PAUSE_US		6000

/*
 * What may be written.  A bit that is not here is one whose meaning is not
 * known, or not ours: a wrong one can harm the battery.
 */
static const struct {
	u16 address;
	u8 mask;
} qc71_writable[] = {
	{ QC71_REG_CUSTOM,		QC71_CUSTOM_MODE },
	{ QC71_REG_CONTROL,		QC71_CONTROL_MANUAL },
	{ QC71_REG_LIGHTBAR,		QC71_LIGHTBAR_RAINBOW |
					QC71_LIGHTBAR_S3_OFF |
					QC71_LIGHTBAR_S0_OFF },
	{ QC71_REG_LIGHTBAR_RED,	0xff },
	{ QC71_REG_LIGHTBAR_GREEN,	0xff },
	{ QC71_REG_LIGHTBAR_BLUE,	0xff },
	{ QC71_REG_BIOS,		QC71_BIOS_FN_LOCK },
	{ QC71_REG_MODE,		QC71_MODE_SILENT | QC71_MODE_BOOST |
					QC71_MODE_HIGH | QC71_MODE_TURBO },
	{ QC71_REG_TRIGGER,		QC71_TRIGGER_TOGGLES },
	{ QC71_REG_KBD_OWNER,		QC71_KBD_OWNER_OS },
	{ QC71_REG_PL1,			0xff },
	{ QC71_REG_PL2,			0xff },
	{ QC71_REG_PL4,			0xff },
	{ QC71_REG_KBD,			QC71_KBD_LEVEL | QC71_KBD_APPLY |
					QC71_KBD_LIGHT_OFF },
	{ QC71_REG_FAN_EXTRA,		QC71_FAN_ALWAYS_ON |
					QC71_FAN_REDUCED_DUTY },
	{ QC71_REG_BIOS_2,		QC71_BIOS_2_FN_SWITCH },
	{ QC71_REG_LIMIT,		QC71_LIMIT_PERCENT },
	{ QC71_REG_LIGHTBAR_DC,		QC71_LIGHTBAR_RAINBOW |
					QC71_LIGHTBAR_S3_OFF |
					QC71_LIGHTBAR_S0_OFF },
	{ QC71_REG_LIGHTBAR_DC + 1,	0xff },
	{ QC71_REG_LIGHTBAR_DC + 2,	0xff },
	{ QC71_REG_LIGHTBAR_DC + 3,	0xff },
	{ QC71_REG_RGB_RED,		0xff },
	{ QC71_REG_RGB_GREEN,		0xff },
	{ QC71_REG_RGB_BLUE,		0xff },
	{ QC71_REG_FAN1_DUTY,		0xff },
	{ QC71_REG_FAN2_DUTY,		0xff },
};

static bool qc71_ec_may_write(u16 address, u8 mask)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(qc71_writable); i++) {
		if (qc71_writable[i].address == address)
			return !(mask & ~qc71_writable[i].mask);
	}
	return false;
}

void qc71_ec_init(struct qc71_ec *ec, struct wmi_device *wdev)
{
	ec->wdev = wdev;
	mutex_init(&ec->lock);
	ec->ready = ktime_get();
}

static void qc71_ec_pause(struct qc71_ec *ec)
{
	s64 left = ktime_us_delta(ec->ready, ktime_get());

	if (left > 0)
		usleep_range(left, left + 500);
}

static int qc71_ec_judge(const union acpi_object *answer, u8 *reply)
{
	if (!answer)
		return -ENODATA;
	if (answer->type != ACPI_TYPE_BUFFER)
		return -EPROTO;

	switch (qc71_check_reply(answer->buffer.pointer, answer->buffer.length)) {
	case QC71_REPLY_OK:
		memcpy(reply, answer->buffer.pointer, QC71_REPLY_LENGTH);
		return 0;
	case QC71_REPLY_SHORT:
		return -EPROTO;
	default:
		return -EIO;
	}
}

/* It is not static, so that it keeps its name, and faults can be injected. */
int qc71_ec_transact(struct qc71_ec *ec, u8 *request, u8 *reply)
{
	struct acpi_buffer in = { QC71_REQUEST_LENGTH, request };
	struct acpi_buffer out = { ACPI_ALLOCATE_BUFFER, NULL };
	acpi_status status;
	int err;

	lockdep_assert_held(&ec->lock);

	qc71_ec_pause(ec);
	status = wmidev_evaluate_method(ec->wdev, QC71_METHOD_INSTANCE,
					QC71_METHOD_GET_SET, &in, &out);
	ec->ready = ktime_add_us(ktime_get(), QC71_PAUSE_US);

	if (ACPI_FAILURE(status))
		return -EIO;

	err = qc71_ec_judge(out.pointer, reply);
	kfree(out.pointer);
	return err;
}

ALLOW_ERROR_INJECTION(qc71_ec_transact, ERRNO);

int qc71_ec_read_locked(struct qc71_ec *ec, u16 address, u8 *value)
{
	u8 request[QC71_REQUEST_LENGTH];
	u8 reply[QC71_REPLY_LENGTH];
	int err;

	qc71_encode_read(request, address);
	err = qc71_ec_transact(ec, request, reply);
	if (!err)
		*value = reply[0];
	return err;
}

int qc71_ec_write_locked(struct qc71_ec *ec, u16 address, u8 value)
{
	u8 request[QC71_REQUEST_LENGTH];
	u8 reply[QC71_REPLY_LENGTH];

	qc71_encode_write(request, address, value);
	return qc71_ec_transact(ec, request, reply);
}

int qc71_ec_read(struct qc71_ec *ec, u16 address, u8 *value)
{
	int err;

	mutex_lock(&ec->lock);
	err = qc71_ec_read_locked(ec, address, value);
	mutex_unlock(&ec->lock);
	return err;
}

/* The answer holds the next register, too: two bytes of one and the same moment. */
int qc71_ec_read_pair(struct qc71_ec *ec, u16 address, u8 value[2])
{
	u8 request[QC71_REQUEST_LENGTH];
	u8 reply[QC71_REPLY_LENGTH];
	int err;

	qc71_encode_read(request, address);

	mutex_lock(&ec->lock);
	err = qc71_ec_transact(ec, request, reply);
	mutex_unlock(&ec->lock);

	if (!err)
		memcpy(value, reply, 2);
	return err;
}

int qc71_ec_read_bit(struct qc71_ec *ec, u16 address, u8 mask, bool *set)
{
	u8 value;
	int err;

	err = qc71_ec_read(ec, address, &value);
	if (!err)
		*set = value & mask;
	return err;
}

static int qc71_ec_modify(struct qc71_ec *ec, u16 address, u8 mask, u8 bits,
			  bool always)
{
	u8 old = 0;
	u8 new;
	int err;

	if (!qc71_ec_may_write(address, mask))
		return -EPERM;

	mutex_lock(&ec->lock);

	/* Without other bits to save, and with no choice, there is nothing to read. */
	if (mask != 0xff || !always) {
		err = qc71_ec_read_locked(ec, address, &old);
		if (err)
			goto out;
	}

	new = (old & ~mask) | (bits & mask);
	if (always || new != old) {
		err = qc71_ec_write_locked(ec, address, new);
		if (err)
			goto out;
	}
	qc71_keep_note(ec, address, mask, new);
out:
	mutex_unlock(&ec->lock);
	return err;
}

int qc71_ec_update(struct qc71_ec *ec, u16 address, u8 mask, u8 bits)
{
	return qc71_ec_modify(ec, address, mask, bits, false);
}

int qc71_ec_apply(struct qc71_ec *ec, u16 address, u8 mask, u8 bits)
{
	return qc71_ec_modify(ec, address, mask, bits, true);
}
