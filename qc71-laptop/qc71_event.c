// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the controller tells by itself.  Events come to a WMI device of their
 * own, which may be there before the laptop, after it, or not at all; so the
 * two only meet in a chain of notifiers.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/acpi.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/wmi.h>

#include "qc71.h"
#include "qc71_compat.h"

#define QC71_EVENT_GUID	"ABBC0F72-8EA1-11D1-00A0-C90629100000"

enum qc71_event {
	QC71_EVENT_LIGHTBAR_ON = 0x39,
	QC71_EVENT_LIGHTBAR_OFF = 0x3a,
	QC71_EVENT_KBD_LEVEL_0 = 0x3b,
	QC71_EVENT_KBD_LEVEL_4 = 0x3f,
	QC71_EVENT_SUPERKEY_LOCKED = 0x40,
	QC71_EVENT_SUPERKEY_FREE = 0x41,
	QC71_EVENT_SUPERKEY_CHANGED = 0xa5,
	QC71_EVENT_LIGHTBAR_CHANGED = 0xa6,
	QC71_EVENT_BOOST_CHANGED = 0xa7,
	QC71_EVENT_MAINS_CHANGED = 0xab,
	QC71_EVENT_PERF_REQUESTED = 0xb0,
	QC71_EVENT_KBD_LEVEL = 0xb3,
	QC71_EVENT_KBD_POWER = 0xb4,
	QC71_EVENT_FN_LOCK = 0xb8,
	QC71_EVENT_PERF_CHANGED = 0xbc,
	QC71_EVENT_KBD_CHANGED = 0xf0,
};

/**
 * struct qc71_listener - a laptop that hears of events
 * @nb: its place in the chain
 * @qc: the laptop
 */
struct qc71_listener {
	struct notifier_block nb;
	struct qc71 *qc;
};

static BLOCKING_NOTIFIER_HEAD(qc71_event_chain);

/* The device that events come from: the first one, where there are several. */
static struct wmi_device *qc71_event_source;

static void qc71_event_handle(struct qc71 *qc, unsigned int code)
{
	switch (code) {
	case QC71_EVENT_LIGHTBAR_ON:
	case QC71_EVENT_LIGHTBAR_OFF:
	case QC71_EVENT_LIGHTBAR_CHANGED:
		qc71_lightbar_changed(qc);
		break;
	case QC71_EVENT_KBD_LEVEL_0 ... QC71_EVENT_KBD_LEVEL_4:
	case QC71_EVENT_KBD_LEVEL:
	case QC71_EVENT_KBD_POWER:
	case QC71_EVENT_KBD_CHANGED:
		qc71_kbd_changed(qc);
		break;
	case QC71_EVENT_SUPERKEY_LOCKED:
	case QC71_EVENT_SUPERKEY_FREE:
	case QC71_EVENT_SUPERKEY_CHANGED:
		qc71_notify(qc, "super_key_lock");
		break;
	case QC71_EVENT_BOOST_CHANGED:
		qc71_fan_changed(qc);
		break;
	case QC71_EVENT_MAINS_CHANGED:
		if (qc71_keep_restore_mains(qc))
			dev_dbg(qc->dev, "settings may be lost with the mains\n");
		qc71_perf_changed(qc);
		break;
	case QC71_EVENT_PERF_REQUESTED:
	case QC71_EVENT_PERF_CHANGED:
		qc71_perf_changed(qc);
		break;
	case QC71_EVENT_FN_LOCK:
		/*
		 * Some models have changed it by now and others will not; what
		 * is written here would be wrong on one or the other.
		 */
		qc71_notify(qc, "fn_lock");
		break;
	}
}

static int qc71_event_heard(struct notifier_block *nb, unsigned long code, void *unused)
{
	struct qc71 *qc = container_of(nb, struct qc71_listener, nb)->qc;

	/* First the state, so that who sees the key finds it right. */
	qc71_event_handle(qc, code);
	qc71_input_report(qc, code);
	return NOTIFY_OK;
}

static void qc71_event_exit(void *data)
{
	struct qc71_listener *listener = data;

	/* Returns when no event is being handled any more. */
	blocking_notifier_chain_unregister(&qc71_event_chain, &listener->nb);
}

/* The last step of the probe: from here on events come in. */
int qc71_event_init(struct qc71 *qc)
{
	struct qc71_listener *listener;
	int err;

	listener = devm_kzalloc(qc->dev, sizeof(*listener), GFP_KERNEL);
	if (!listener)
		return -ENOMEM;

	listener->nb.notifier_call = qc71_event_heard;
	listener->qc = qc;
	err = blocking_notifier_chain_register(&qc71_event_chain, &listener->nb);
	if (err)
		return err;

	return devm_add_action_or_reset(qc->dev, qc71_event_exit, listener);
}

static void qc71_event_notify(struct wmi_device *wdev, union acpi_object *data)
{
	if (!data || data->type != ACPI_TYPE_INTEGER) {
		dev_dbg(&wdev->dev, "an event without a number\n");
		return;
	}

	blocking_notifier_call_chain(&qc71_event_chain, data->integer.value, NULL);
}

static void qc71_event_release(void *wdev)
{
	WRITE_ONCE(qc71_event_source, NULL);
}

static int qc71_event_probe(struct wmi_device *wdev, const void *context)
{
	if (cmpxchg(&qc71_event_source, NULL, wdev)) {
		dev_info(&wdev->dev, "there is one like this already, ignoring it\n");
		return -ENODEV;
	}
	return devm_add_action_or_reset(&wdev->dev, qc71_event_release, wdev);
}

static const struct wmi_device_id qc71_event_ids[] = {
	{ .guid_string = QC71_EVENT_GUID },
	{ }
};

/* There is no alias for the GUID: it is one that other vendors use, too. */
static struct wmi_driver qc71_event_driver = {
	.driver = {
		.name = QC71_NAME "_events",
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
	QC71_WMI_COPES_WITH_TWO
	.id_table = qc71_event_ids,
	.probe = qc71_event_probe,
	.notify = qc71_event_notify,
};

/*
 * Comes before any access to the controller: if another driver has the events,
 * it has the controller as well, and two would get in each other's way.
 */
int qc71_event_register(void)
{
	int err;

	err = wmi_driver_register(&qc71_event_driver);
	if (err || READ_ONCE(qc71_event_source))
		return err;

	if (wmi_has_guid(QC71_EVENT_GUID)) {
		pr_err("another driver has the controller already\n");
		qc71_event_unregister();
		return -EBUSY;
	}

	pr_info("the firmware reports no keys\n");
	return 0;
}

void qc71_event_unregister(void)
{
	wmi_driver_unregister(&qc71_event_driver);
	qc71_wait_for_events();
}
