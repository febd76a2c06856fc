// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the controller forgets.  It loses settings when the machine sleeps, and
 * a few whenever the mains come or go.  This table knows which; what was
 * written is noted in passing, and can be written again.
 */
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/kernel.h>

#include "qc71.h"

/**
 * struct qc71_kept - a register that is kept
 * @features: it belongs to any of these
 * @address: where it is
 * @mask: the bits that are kept
 * @apply: bits to set with them, which the register doesn't hold
 * @mains: it is also lost when the mains come or go
 * @chosen: the controller changes it with other settings, so it is only kept
 *	where somebody set it
 */
struct qc71_kept {
	u32 features;
	u16 address;
	u8 mask;
	u8 apply;
	bool mains;
	bool chosen;
};

#define QC71_LIGHTBAR_BITS \
	(QC71_LIGHTBAR_RAINBOW | QC71_LIGHTBAR_S3_OFF | QC71_LIGHTBAR_S0_OFF)

/* In the order in which they are restored: first who is in charge. */
static const struct qc71_kept qc71_kept[] = {
	{ QC71_ALWAYS, QC71_REG_CONTROL, QC71_CONTROL_MANUAL },
	{ QC71_PERF_ANY, QC71_REG_MODE,
	  QC71_MODE_SILENT | QC71_MODE_HIGH | QC71_MODE_TURBO },
	{ QC71_TDP, QC71_REG_PL1, 0xff, .mains = true, .chosen = true },
	{ QC71_TDP, QC71_REG_PL2, 0xff, .mains = true, .chosen = true },
	{ QC71_TDP, QC71_REG_PL4, 0xff, .mains = true, .chosen = true },
	{ QC71_TDP, QC71_REG_CUSTOM, QC71_CUSTOM_MODE, .mains = true },
	{ QC71_FN_LOCK, QC71_REG_BIOS, QC71_BIOS_FN_LOCK },
	{ QC71_FN_LOCK, QC71_REG_BIOS_2, QC71_BIOS_2_FN_SWITCH },
	{ QC71_FAN_EXTRAS, QC71_REG_FAN_EXTRA,
	  QC71_FAN_ALWAYS_ON | QC71_FAN_REDUCED_DUTY },
	{ QC71_LIMIT, QC71_REG_LIMIT, QC71_LIMIT_PERCENT },
	{ QC71_KBD_MONO, QC71_REG_KBD, QC71_KBD_LEVEL | QC71_KBD_LIGHT_OFF,
	  QC71_KBD_APPLY, true },
	{ QC71_KBD_RGB, QC71_REG_KBD_OWNER, QC71_KBD_OWNER_OS, .mains = true },
	{ QC71_KBD_RGB, QC71_REG_RGB_RED, 0xff, .mains = true },
	{ QC71_KBD_RGB, QC71_REG_RGB_GREEN, 0xff, .mains = true },
	{ QC71_KBD_RGB, QC71_REG_RGB_BLUE, 0xff, .mains = true },
	{ QC71_LIGHTBAR, QC71_REG_LIGHTBAR_RED, 0xff },
	{ QC71_LIGHTBAR, QC71_REG_LIGHTBAR_GREEN, 0xff },
	{ QC71_LIGHTBAR, QC71_REG_LIGHTBAR_BLUE, 0xff },
	{ QC71_LIGHTBAR, QC71_REG_LIGHTBAR, QC71_LIGHTBAR_BITS },
	{ QC71_LIGHTBAR, QC71_REG_LIGHTBAR_DC + 1, 0xff },
	{ QC71_LIGHTBAR, QC71_REG_LIGHTBAR_DC + 2, 0xff },
	{ QC71_LIGHTBAR, QC71_REG_LIGHTBAR_DC + 3, 0xff },
	{ QC71_LIGHTBAR, QC71_REG_LIGHTBAR_DC, QC71_LIGHTBAR_BITS },
};

static_assert(ARRAY_SIZE(qc71_kept) <= QC71_KEPT_MAX);

/* The lock of the controller is held. */
void qc71_keep_note(struct qc71_ec *ec, u16 address, u8 mask, u8 value)
{
	int i;

	lockdep_assert_held(&ec->lock);

	for (i = 0; i < ARRAY_SIZE(qc71_kept); i++) {
		if (qc71_kept[i].address != address)
			continue;
		mask &= qc71_kept[i].mask;
		ec->kept[i] = (ec->kept[i] & ~mask) | (value & mask);
		ec->known[i] |= mask;
		return;
	}
}

static int qc71_keep_look(struct qc71_ec *ec, u16 address)
{
	u8 value;
	int err;

	mutex_lock(&ec->lock);
	err = qc71_ec_read_locked(ec, address, &value);
	if (!err)
		qc71_keep_note(ec, address, 0xff, value);
	mutex_unlock(&ec->lock);
	return err;
}

/* The controller changed a register by itself: that is what counts from now on. */
void qc71_keep_refresh(struct qc71 *qc, u16 address)
{
	/* If it can't be read, what was known before is the best guess. */
	qc71_keep_look(&qc->ec, address);
}

/* Before the machine sleeps.  Returns the first error, but asks for all. */
int qc71_keep_save(struct qc71 *qc)
{
	int result = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(qc71_kept); i++) {
		if (qc71_has(qc, qc71_kept[i].features) && !qc71_kept[i].chosen) {
			int err = qc71_keep_look(&qc->ec, qc71_kept[i].address);

			result = result ?: err;
		}
	}
	return result;
}

/*
 * Reading and writing are under one lock, so that nobody's newer choice is
 * overwritten with an older one.
 */
static int qc71_keep_rewrite(struct qc71_ec *ec, int i)
{
	const struct qc71_kept *kept = &qc71_kept[i];
	u8 mask;
	u8 old;
	u8 new;
	int err = 0;

	mutex_lock(&ec->lock);

	mask = ec->known[i];
	if (!mask)
		goto out;

	err = qc71_ec_read_locked(ec, kept->address, &old);
	if (err)
		goto out;

	new = (old & ~mask) | (ec->kept[i] & mask);
	if (new != old)
		err = qc71_ec_write_locked(ec, kept->address, new | kept->apply);
out:
	mutex_unlock(&ec->lock);
	return err;
}

static int qc71_keep_restore_some(struct qc71 *qc, bool mains)
{
	int result = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(qc71_kept); i++) {
		if (qc71_has(qc, qc71_kept[i].features) &&
		    (!mains || qc71_kept[i].mains)) {
			int err = qc71_keep_rewrite(&qc->ec, i);

			result = result ?: err;
		}
	}
	return result;
}

/* After the machine slept.  Returns the first error, but tries all. */
int qc71_keep_restore(struct qc71 *qc)
{
	return qc71_keep_restore_some(qc, false);
}

/* After the mains came or went. */
int qc71_keep_restore_mains(struct qc71 *qc)
{
	return qc71_keep_restore_some(qc, true);
}
