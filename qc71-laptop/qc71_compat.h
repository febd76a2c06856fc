/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What older kernels lack, so that all other files can be written as for
 * today's.  Everything that depends on a kernel's version is in here.
 */
#ifndef QC71_COMPAT_H
#define QC71_COMPAT_H

#include <linux/device.h>
#include <linux/err.h>
#include <linux/kconfig.h>
#include <linux/pm.h>
#include <linux/slab.h>
#include <linux/version.h>

/* 5.17, where DEFINE_SIMPLE_DEV_PM_OPS() was not yet as it is today */
#ifndef SYSTEM_SLEEP_PM_OPS
#define SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn) \
	.suspend = suspend_fn, \
	.resume = resume_fn, \
	.freeze = suspend_fn, \
	.thaw = resume_fn, \
	.poweroff = suspend_fn, \
	.restore = resume_fn,
#endif
#ifndef pm_sleep_ptr
#define pm_sleep_ptr(_ptr) (IS_ENABLED(CONFIG_PM_SLEEP) ? (_ptr) : NULL)
#endif

/*
 * 6.9: from here on a driver has to say that it copes with two devices of one
 * GUID.  And since then no event comes in any more when unregistering a driver
 * returns; before, one may still be on its way.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define QC71_WMI_COPES_WITH_TWO		.no_singleton = true,

static inline void qc71_wait_for_events(void)
{
}
#else
#include <linux/acpi.h>

#define QC71_WMI_COPES_WITH_TWO

static inline void qc71_wait_for_events(void)
{
	acpi_os_wait_events_complete();
}
#endif

/* 6.19: the kernel's own driver for some of these machines. */
#define QC71_MAINLINE_DRIVES \
	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0) && \
	 IS_ENABLED(CONFIG_UNIWILL_LAPTOP))

#if IS_REACHABLE(CONFIG_ACPI_PLATFORM_PROFILE)
#include <linux/platform_profile.h>
#define QC71_HAVE_PROFILES	1
#else
#define QC71_HAVE_PROFILES	0
#endif

/*
 * 6.14: a platform profile is a device of its own.  Before, there was only one
 * in the whole machine, and its handler got nothing but itself.  What is here
 * returns the parent in place of the device, so that its driver's data are
 * found in the same way.
 */
#if QC71_HAVE_PROFILES && LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
struct platform_profile_ops {
	int (*probe)(void *drvdata, unsigned long *choices);
	int (*profile_get)(struct device *dev, enum platform_profile_option *profile);
	int (*profile_set)(struct device *dev, enum platform_profile_option profile);
};

struct qc71_old_profile {
	struct platform_profile_handler handler;
	const struct platform_profile_ops *ops;
	struct device *dev;
};

static inline int qc71_old_profile_get(struct platform_profile_handler *handler,
				       enum platform_profile_option *profile)
{
	struct qc71_old_profile *old =
		container_of(handler, struct qc71_old_profile, handler);

	return old->ops->profile_get(old->dev, profile);
}

static inline int qc71_old_profile_set(struct platform_profile_handler *handler,
				       enum platform_profile_option profile)
{
	struct qc71_old_profile *old =
		container_of(handler, struct qc71_old_profile, handler);

	return old->ops->profile_set(old->dev, profile);
}

static inline void qc71_old_profile_remove(void *unused)
{
	platform_profile_remove();
}

static inline struct device *
devm_platform_profile_register(struct device *dev, const char *name, void *drvdata,
			       const struct platform_profile_ops *ops)
{
	struct qc71_old_profile *old;
	int err;

	old = devm_kzalloc(dev, sizeof(*old), GFP_KERNEL);
	if (!old)
		return ERR_PTR(-ENOMEM);

	old->ops = ops;
	old->dev = dev;
	old->handler.profile_get = qc71_old_profile_get;
	old->handler.profile_set = qc71_old_profile_set;
	err = ops->probe(drvdata, old->handler.choices);
	if (!err)
		err = platform_profile_register(&old->handler);
	if (!err)
		err = devm_add_action_or_reset(dev, qc71_old_profile_remove, NULL);
	return err ? ERR_PTR(err) : dev;
}

#define platform_profile_notify(dev) platform_profile_notify()
#endif

#if IS_REACHABLE(CONFIG_ACPI_BATTERY)
#include <acpi/battery.h>
#include <linux/power_supply.h>
#define QC71_HAVE_BATTERY	1
#else
#define QC71_HAVE_BATTERY	0
#endif

#if QC71_HAVE_BATTERY
/*
 * 6.2, and some of the older ones: a hook's functions get the hook as well.  No
 * macro tells, but the type of the members does.  There is one hook, so where
 * the functions don't get it they can find it here.
 */
static struct acpi_battery_hook *qc71_old_hook __maybe_unused;

#define QC71_BATTERY_HOOK_FUNCTION(_name)				\
	static int __maybe_unused _name##_old(struct power_supply *psy)	\
	{								\
		return _name(psy, qc71_old_hook);			\
	}

#define QC71_BATTERY_HOOK(_name)					\
	_Generic(((struct acpi_battery_hook *)0)->add_battery,		\
		 int (*)(struct power_supply *): _name##_old,		\
		 default: _name)

/* 6.12 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
static inline void qc71_old_hook_unregister(void *hook)
{
	battery_hook_unregister(hook);
}

static inline int devm_battery_hook_register(struct device *dev,
					     struct acpi_battery_hook *hook)
{
	qc71_old_hook = hook;
	battery_hook_register(hook);
	return devm_add_action_or_reset(dev, qc71_old_hook_unregister, hook);
}
#endif

/*
 * 6.14: properties can be added to a power supply.  Before, that is a file of
 * the right name and content.  It knows one property, the one that is used.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
struct power_supply_ext {
	const char *name;
	const enum power_supply_property *properties;
	size_t num_properties;
	int (*get_property)(struct power_supply *psy, const struct power_supply_ext *ext,
			    void *data, enum power_supply_property psp,
			    union power_supply_propval *val);
	int (*set_property)(struct power_supply *psy, const struct power_supply_ext *ext,
			    void *data, enum power_supply_property psp,
			    const union power_supply_propval *val);
	int (*property_is_writeable)(struct power_supply *psy,
				     const struct power_supply_ext *ext, void *data,
				     enum power_supply_property psp);
};

struct qc71_old_ext {
	struct device_attribute attr;
	const struct power_supply_ext *ext;
	void *data;
};

static inline ssize_t qc71_old_ext_show(struct device *dev,
					struct device_attribute *attr, char *buf)
{
	struct qc71_old_ext *old = container_of(attr, struct qc71_old_ext, attr);
	union power_supply_propval val;
	int err;

	err = old->ext->get_property(dev_get_drvdata(dev), old->ext, old->data,
				     old->ext->properties[0], &val);
	return err ?: sysfs_emit(buf, "%d\n", val.intval);
}

static inline ssize_t qc71_old_ext_store(struct device *dev,
					 struct device_attribute *attr,
					 const char *buf, size_t count)
{
	struct qc71_old_ext *old = container_of(attr, struct qc71_old_ext, attr);
	union power_supply_propval val;
	int err;

	err = kstrtoint(buf, 10, &val.intval);
	if (!err)
		err = old->ext->set_property(dev_get_drvdata(dev), old->ext, old->data,
					     old->ext->properties[0], &val);
	return err ?: count;
}

static inline void qc71_old_ext_release(struct device *dev, void *res)
{
	struct qc71_old_ext *old = res;

	device_remove_file(dev, &old->attr);
}

static inline int qc71_old_ext_match(struct device *dev, void *res, void *ext)
{
	struct qc71_old_ext *old = res;

	return old->ext == ext;
}

static inline int
power_supply_register_extension(struct power_supply *psy,
				const struct power_supply_ext *ext,
				struct device *dev, void *data)
{
	struct qc71_old_ext *old;
	int err;

	old = devres_alloc(qc71_old_ext_release, sizeof(*old), GFP_KERNEL);
	if (!old)
		return -ENOMEM;

	sysfs_attr_init(&old->attr.attr);
	old->attr.attr.name = "charge_control_end_threshold";
	old->attr.attr.mode = 0644;
	old->attr.show = qc71_old_ext_show;
	old->attr.store = qc71_old_ext_store;
	old->ext = ext;
	old->data = data;
	err = device_create_file(&psy->dev, &old->attr);
	if (err) {
		devres_free(old);
		return err;
	}
	devres_add(&psy->dev, old);
	return 0;
}

static inline void
power_supply_unregister_extension(struct power_supply *psy,
				  const struct power_supply_ext *ext)
{
	devres_release(&psy->dev, qc71_old_ext_release, qc71_old_ext_match,
		       (void *)ext);
}
#endif
#endif /* QC71_HAVE_BATTERY */

#endif /* QC71_COMPAT_H */
