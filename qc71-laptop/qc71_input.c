// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys that the controller reports.
 */
#include <linux/input.h>
#include <linux/input/sparse-keymap.h>
#include <linux/slab.h>

#include "qc71.h"

/* The key of the performance mode, where it may be one of two. */
#define QC71_EVENT_MODE_REQUESTED	0xb0
#define QC71_EVENT_MODE_CHANGED		0xbc

/*
 * Codes that are not here are no keys: changes of state, and what other devices
 * report already, as caps lock, the volume, and the brightness of the screen.
 * Nor are radio on and off (0x1a, 0x1b) a switch: nobody knows how it stands
 * when the driver is loaded, and rfkill takes one that is off for an order.
 */
static const struct key_entry qc71_keymap[] = {
	{ KE_KEY, 0x04, { KEY_TOUCHPAD_ON } },
	{ KE_KEY, 0x05, { KEY_TOUCHPAD_OFF } },
	{ KE_KEY, 0xa4, { KEY_RFKILL } },
	{ KE_KEY, 0xa5, { KEY_FN_F2 } },	/* the super key's lock */
	{ KE_KEY, 0xb1, { KEY_KBDILLUMDOWN } },
	{ KE_KEY, 0xb2, { KEY_KBDILLUMUP } },
	{ KE_KEY, 0xb7, { KEY_MICMUTE } },
	{ KE_KEY, 0xb8, { KEY_FN_ESC } },	/* the Fn lock */
	{ KE_KEY, 0xb9, { KEY_KBDILLUMTOGGLE } },
	{ KE_KEY, 0xcf, { KEY_FN_F12 } },	/* the webcam */
	{ KE_KEY, QC71_EVENT_MODE_REQUESTED, { KEY_FN_F5 } },
	{ KE_KEY, QC71_EVENT_MODE_CHANGED, { KEY_FN_F5 } },
	{ KE_END }
};

/**
 * struct qc71_input - the keys
 * @device: the input device
 * @lock: is held from a key's press to its release, as events may come in on
 *	several processors
 */
struct qc71_input {
	struct input_dev *device;
	struct mutex lock; /* one key at a time */
};

/* Then the controller does nothing about the keys, so somebody else has to. */
static bool qc71_input_is_manual(struct qc71 *qc)
{
	bool manual;

	return !qc71_ec_read_bit(&qc->ec, QC71_REG_CONTROL, QC71_CONTROL_MANUAL,
				 &manual) && manual;
}

static bool qc71_input_wants(struct qc71 *qc, unsigned int code)
{
	switch (code) {
	case QC71_EVENT_MODE_REQUESTED:
		return qc71_has(qc, QC71_KEY_ON_REQUEST) || qc71_input_is_manual(qc);
	case QC71_EVENT_MODE_CHANGED:
		return qc71_has(qc, QC71_KEY_ON_CHANGE);
	default:
		return true;
	}
}

void qc71_input_report(struct qc71 *qc, unsigned int code)
{
	struct qc71_input *input = qc->input;
	const struct key_entry *key;

	if (!qc71_input_wants(qc, code))
		return;

	/* sparse_keymap_report_event() would press a key for unknown codes. */
	key = sparse_keymap_entry_from_scancode(input->device, code);
	if (!key) {
		dev_dbg(qc->dev, "event 0x%02x is no key\n", code);
		return;
	}

	mutex_lock(&input->lock);
	sparse_keymap_report_entry(input->device, key, 1, true);
	mutex_unlock(&input->lock);
}

int qc71_input_init(struct qc71 *qc)
{
	struct qc71_input *input;
	int err;

	input = devm_kzalloc(qc->dev, sizeof(*input), GFP_KERNEL);
	if (!input)
		return -ENOMEM;

	mutex_init(&input->lock);
	input->device = devm_input_allocate_device(qc->dev);
	if (!input->device)
		return -ENOMEM;

	input->device->name = "QC71 laptop hotkeys";
	input->device->phys = QC71_NAME "/input0";
	input->device->id.bustype = BUS_HOST;
	err = sparse_keymap_setup(input->device, qc71_keymap, NULL);
	if (err)
		return err;

	err = input_register_device(input->device);
	if (!err)
		qc->input = input;
	return err;
}
