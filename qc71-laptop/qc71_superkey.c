// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lock of the super key.  It can't be set, only toggled; so what it is has
 * to be known first, and nobody may toggle it in between.
 */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "qc71.h"

/* How often to look if it took effect; each time the controller gets its pause. */
#define QC71_SUPERKEY_LOOKS	10

/**
 * struct qc71_superkey - the lock of the super key
 * @lock: is held from looking to toggling and looking again; the controller's
 *	lock is taken inside it
 * @saved: what it was before the machine slept
 * @known: @saved is right
 */
struct qc71_superkey {
	struct mutex lock; /* guards all that follows */
	bool saved;
	bool known;
};

static int qc71_superkey_get(struct qc71 *qc, bool *locked)
{
	return qc71_ec_read_bit(&qc->ec, QC71_REG_STATUS, QC71_STATUS_SUPERKEY,
				locked);
}

static int qc71_superkey_toggle(struct qc71 *qc, bool wanted)
{
	bool locked;
	int err;
	int i;

	err = qc71_superkey_get(qc, &locked);
	if (err || locked == wanted)
		return err;

	/* The other toggles are written as 0, whatever is read: they do nothing then. */
	err = qc71_ec_apply(&qc->ec, QC71_REG_TRIGGER, QC71_TRIGGER_TOGGLES,
			    QC71_TRIGGER_SUPERKEY);
	for (i = 0; !err && i < QC71_SUPERKEY_LOOKS; i++) {
		err = qc71_superkey_get(qc, &locked);
		if (!err && locked == wanted)
			return 0;
	}
	return err ?: -EIO;
}

static int qc71_superkey_set(struct qc71 *qc, bool wanted)
{
	int err;

	mutex_lock(&qc->superkey->lock);
	err = qc71_superkey_toggle(qc, wanted);
	mutex_unlock(&qc->superkey->lock);
	return err;
}

static ssize_t super_key_lock_show(struct device *dev,
				   struct device_attribute *attr, char *buf)
{
	bool locked;
	int err;

	err = qc71_superkey_get(qc71_of(dev), &locked);
	return err ?: sysfs_emit(buf, "%d\n", locked);
}

static ssize_t super_key_lock_store(struct device *dev,
				    struct device_attribute *attr,
				    const char *buf, size_t count)
{
	bool wanted;
	int err;

	err = qc71_parse_bool(buf, &wanted);
	if (err)
		return err;

	err = qc71_superkey_set(qc71_of(dev), wanted);
	return err ?: count;
}
static DEVICE_ATTR_RW(super_key_lock);

static struct attribute *qc71_superkey_attrs[] = {
	&dev_attr_super_key_lock.attr,
	NULL
};

static umode_t qc71_superkey_is_visible(struct kobject *kobj,
					struct attribute *attr, int n)
{
	return qc71_of(kobj_to_dev(kobj))->superkey ? attr->mode : 0;
}

const struct attribute_group qc71_superkey_group = {
	.is_visible = qc71_superkey_is_visible,
	.attrs = qc71_superkey_attrs,
};

void qc71_superkey_save(struct qc71 *qc)
{
	struct qc71_superkey *superkey = qc->superkey;

	if (!superkey)
		return;

	mutex_lock(&superkey->lock);
	superkey->known = !qc71_superkey_get(qc, &superkey->saved);
	mutex_unlock(&superkey->lock);
}

int qc71_superkey_restore(struct qc71 *qc)
{
	struct qc71_superkey *superkey = qc->superkey;
	int err = 0;

	if (!superkey)
		return 0;

	mutex_lock(&superkey->lock);
	if (superkey->known)
		err = qc71_superkey_toggle(qc, superkey->saved);
	mutex_unlock(&superkey->lock);
	return err;
}

int qc71_superkey_init(struct qc71 *qc)
{
	struct qc71_superkey *superkey;

	if (!qc71_has(qc, QC71_SUPERKEY))
		return 0;

	superkey = devm_kzalloc(qc->dev, sizeof(*superkey), GFP_KERNEL);
	if (!superkey)
		return -ENOMEM;

	mutex_init(&superkey->lock);
	qc->superkey = superkey;
	return 0;
}
