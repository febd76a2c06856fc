// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver for laptops whose embedded controller speaks the interface of
 * Intel's QC71 reference design: Slimbook's, and others that Uniwill makes.
 *
 * The firmware's WMI device is the way to the controller.  While a driver has
 * it there is a platform device, and all that this module registers hangs on
 * that: when the WMI device goes, the platform device goes first.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/acpi.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/wmi.h>

#include "qc71.h"
#include "qc71_compat.h"

#define QC71_EC_GUID	"ABBC0F6F-8EA1-11D1-00A0-C90629100000"
#define QC71_DOOR_HID	"INOU0000"

static bool force;
module_param_unsafe(force, bool, 0444);
MODULE_PARM_DESC(force, "Drive a machine that is not known to work, with the few features that its controller reports (default N)");

static bool takeover;
module_param(takeover, bool, 0444);
MODULE_PARM_DESC(takeover, "Drive this machine even if the kernel's own uniwill-laptop could (default N)");

/* What the platform device is told. */
struct qc71_platform_data {
	struct wmi_device *wdev;
};

/* Of which model this machine is; set before any driver is registered. */
static const struct qc71_model *qc71_model;

/* The device that the controller is reached by: the first, where there are several. */
static struct wmi_device *qc71_ec_device;

/* In this order; what they registered goes away in the reverse one. */
static int (* const qc71_inits[])(struct qc71 *qc) = {
	qc71_model_ask,
	qc71_control_init,
	qc71_power_init,
	qc71_superkey_init,
	qc71_perf_init,
	qc71_fan_init,
	qc71_hwmon_init,
	qc71_kbd_init,
	qc71_lightbar_init,
	qc71_battery_init,
	qc71_input_init,
	qc71_debugfs_init,
	qc71_event_init,
};

static int qc71_probe(struct platform_device *pdev)
{
	const struct qc71_platform_data *data = dev_get_platdata(&pdev->dev);
	struct qc71 *qc;
	int err;
	int i;

	qc = devm_kzalloc(&pdev->dev, sizeof(*qc), GFP_KERNEL);
	if (!qc)
		return -ENOMEM;

	qc->dev = &pdev->dev;
	qc->model = qc71_model;
	qc71_ec_init(&qc->ec, data->wdev);
	platform_set_drvdata(pdev, qc);

	for (i = 0; i < ARRAY_SIZE(qc71_inits); i++) {
		err = qc71_inits[i](qc);
		if (err)
			return err;
	}
	return 0;
}

static void qc71_shutdown(struct platform_device *pdev)
{
	struct qc71 *qc = platform_get_drvdata(pdev);

	qc71_fan_shutdown(qc);
	qc71_control_shutdown(qc);
}

/* A controller that does not answer is no reason not to sleep. */
static int qc71_suspend(struct device *dev)
{
	struct qc71 *qc = qc71_of(dev);

	qc71_fan_save(qc);
	qc71_superkey_save(qc);
	if (qc71_keep_save(qc))
		dev_warn(dev, "some settings can't be saved\n");
	return 0;
}

static int qc71_resume(struct device *dev)
{
	struct qc71 *qc = qc71_of(dev);
	bool failed = false;

	/* Each is tried, whatever became of those before. */
	failed |= qc71_kbd_restore(qc) < 0;
	failed |= qc71_keep_restore(qc) < 0;
	failed |= qc71_fan_restore(qc) < 0;
	failed |= qc71_superkey_restore(qc) < 0;
	if (failed)
		dev_warn(dev, "some settings can't be restored\n");
	return 0;
}

static const struct dev_pm_ops qc71_pm_ops = {
	SYSTEM_SLEEP_PM_OPS(qc71_suspend, qc71_resume)
};

static const struct attribute_group *qc71_groups[] = {
	&qc71_attrs_group,
	&qc71_power_group,
	&qc71_superkey_group,
	&qc71_perf_group,
	NULL
};

static struct platform_driver qc71_driver = {
	.driver = {
		.name = QC71_NAME,
		.dev_groups = qc71_groups,
		.pm = pm_sleep_ptr(&qc71_pm_ops),
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
	.probe = qc71_probe,
	.shutdown = qc71_shutdown,
};

static void qc71_ec_release(void *unused)
{
	WRITE_ONCE(qc71_ec_device, NULL);
}

static void qc71_platform_release(void *pdev)
{
	platform_device_unregister(pdev);
}

static int qc71_ec_probe(struct wmi_device *wdev, const void *context)
{
	struct qc71_platform_data data = { .wdev = wdev };
	struct platform_device *pdev;
	int err;

	if (cmpxchg(&qc71_ec_device, NULL, wdev)) {
		dev_info(&wdev->dev, "there is one like this already, ignoring it\n");
		return -ENODEV;
	}
	err = devm_add_action_or_reset(&wdev->dev, qc71_ec_release, NULL);
	if (err)
		return err;

	/* It has no parent: programs look for it right under the platform bus. */
	pdev = platform_device_register_data(NULL, QC71_NAME, PLATFORM_DEVID_NONE,
					     &data, sizeof(data));
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	err = devm_add_action_or_reset(&wdev->dev, qc71_platform_release, pdev);
	if (err)
		return err;

	/* A driver that failed leaves no data behind. */
	return platform_get_drvdata(pdev) ? 0 : -EIO;
}

static const struct wmi_device_id qc71_ec_ids[] = {
	{ .guid_string = QC71_EC_GUID },
	{ }
};

/* There is no alias for the GUID: it is one that other vendors use, too. */
static struct wmi_driver qc71_ec_driver = {
	.driver = {
		.name = QC71_NAME,
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
	QC71_WMI_COPES_WITH_TWO
	.id_table = qc71_ec_ids,
	.probe = qc71_ec_probe,
};

static int qc71_door_probe(struct platform_device *pdev)
{
	return 0;
}

static const struct acpi_device_id qc71_door_ids[] = {
	{ QC71_DOOR_HID },
	{ }
};

/*
 * Some firmware has a second door to the controller.  It is not used, but as
 * long as it has a driver no other one, such as uniwill-laptop, comes through.
 */
static struct platform_driver qc71_door_driver = {
	.driver = {
		.name = QC71_NAME "_door",
		.acpi_match_table = qc71_door_ids,
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
	.probe = qc71_door_probe,
};

static int __init qc71_register(void)
{
	int err;

	err = platform_driver_register(&qc71_door_driver);
	if (err)
		return err;

	err = platform_driver_register(&qc71_driver);
	if (err)
		goto unregister_door;

	err = wmi_driver_register(&qc71_ec_driver);
	if (err)
		goto unregister_platform;

	/* A laptop does not get a controller later, so there is nothing to wait for. */
	if (READ_ONCE(qc71_ec_device))
		return 0;

	pr_err("the controller does not answer, or another driver has it\n");
	err = -EIO;
	wmi_driver_unregister(&qc71_ec_driver);
unregister_platform:
	platform_driver_unregister(&qc71_driver);
unregister_door:
	platform_driver_unregister(&qc71_door_driver);
	return err;
}

static int __init qc71_init(void)
{
	int err;

	qc71_model = qc71_model_find(force);
	if (!qc71_model)
		return -ENODEV;

	if (qc71_model->mainline && QC71_MAINLINE_DRIVES && !takeover) {
		pr_info("leaving this machine to uniwill-laptop; takeover=1 changes that\n");
		return -ENODEV;
	}

	if (!wmi_has_guid(QC71_EC_GUID)) {
		pr_info("the firmware has no way to the controller\n");
		return -ENODEV;
	}

	err = qc71_event_register();
	if (err)
		return err;

	err = qc71_register();
	if (err)
		qc71_event_unregister();
	return err;
}

static void __exit qc71_exit(void)
{
	qc71_event_unregister();
	wmi_driver_unregister(&qc71_ec_driver);
	platform_driver_unregister(&qc71_driver);
	platform_driver_unregister(&qc71_door_driver);
}

module_init(qc71_init);
module_exit(qc71_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The kernel module workbench developers");
MODULE_DESCRIPTION("Laptops with the QC71 interface: Slimbook and others made by Uniwill");
MODULE_VERSION("1.0");
