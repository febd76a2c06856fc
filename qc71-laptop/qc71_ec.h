/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Access to the embedded controller, through the firmware's WMI method.
 */
#ifndef QC71_EC_H
#define QC71_EC_H

#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct wmi_device;

/* How many registers the driver may remember; see qc71_keep.c. */
#define QC71_KEPT_MAX	24

/**
 * struct qc71_ec - the way to the controller
 * @wdev: the WMI device whose method does the work
 * @lock: is held for a whole read-modify-write, so that no bit is lost
 * @ready: when the controller may be asked again
 * @kept: the bits that the owner chose, for each row of the table in qc71_keep.c
 * @known: which of these bits are known
 */
struct qc71_ec {
	struct wmi_device *wdev;
	struct mutex lock; /* guards all that follows, and the registers */
	ktime_t ready;
	u8 kept[QC71_KEPT_MAX];
	u8 known[QC71_KEPT_MAX];
};

void qc71_ec_init(struct qc71_ec *ec, struct wmi_device *wdev);

/* One call of the firmware's method, with the lock held. */
int qc71_ec_transact(struct qc71_ec *ec, u8 *request, u8 *reply);

/* Each returns 0, or -EIO, -ENODATA or -EPROTO, and then changes no @value. */
int qc71_ec_read(struct qc71_ec *ec, u16 address, u8 *value);
int qc71_ec_read_pair(struct qc71_ec *ec, u16 address, u8 value[2]);
int qc71_ec_read_bit(struct qc71_ec *ec, u16 address, u8 mask, bool *set);

/*
 * Set the bits in @mask to those of @bits and leave the others.  The first
 * writes nothing where nothing changes, the second always writes: it is for
 * registers whose writing does something.  Registers and bits that the driver
 * has no business with are refused with -EPERM.
 */
int qc71_ec_update(struct qc71_ec *ec, u16 address, u8 mask, u8 bits);
int qc71_ec_apply(struct qc71_ec *ec, u16 address, u8 mask, u8 bits);

/* For who holds the lock already. */
int qc71_ec_read_locked(struct qc71_ec *ec, u16 address, u8 *value);
int qc71_ec_write_locked(struct qc71_ec *ec, u16 address, u8 value);

#endif /* QC71_EC_H */
