// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limit up to which the battery is charged.  On some machines the register
 * is only half implemented, and is said to do harm; so there is no limit but on
 * those that are known to have it.
 */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "qc71.h"
#include "qc71_compat.h"

#if QC71_HAVE_BATTERY

/* The controller has one battery, and this is what the firmware calls it. */
#define QC71_BATTERY	"BAT0"

/**
 * struct qc71_battery - the battery that the controller charges
 * @hook: hears of batteries that come and go
 * @qc: the laptop it is in
 * @psy: the battery, while there is one; the hook's core has a lock for it
 */
struct qc71_battery {
	struct acpi_battery_hook hook;
	struct qc71 *qc;
	struct power_supply *psy;
};

static int qc71_limit_get(struct power_supply *psy, const struct power_supply_ext *ext,
			  void *data, enum power_supply_property psp,
			  union power_supply_propval *val)
{
	struct qc71 *qc = data;
	u8 limit;
	int err;

	err = qc71_ec_read(&qc->ec, QC71_REG_LIMIT, &limit);
	if (!err)
		val->intval = qc71_decode_limit(limit);
	return err;
}

static int qc71_limit_set(struct power_supply *psy, const struct power_supply_ext *ext,
			  void *data, enum power_supply_property psp,
			  const union power_supply_propval *val)
{
	struct qc71 *qc = data;

	if (val->intval < 1 || val->intval > 100)
		return -EINVAL;

	return qc71_ec_update(&qc->ec, QC71_REG_LIMIT, QC71_LIMIT_PERCENT, val->intval);
}

static int qc71_limit_is_writeable(struct power_supply *psy,
				   const struct power_supply_ext *ext, void *data,
				   enum power_supply_property psp)
{
	return true;
}

static const enum power_supply_property qc71_limit_properties[] = {
	POWER_SUPPLY_PROP_CHARGE_CONTROL_END_THRESHOLD,
};

static const struct power_supply_ext qc71_limit_ext = {
	.name = QC71_NAME,
	.properties = qc71_limit_properties,
	.num_properties = ARRAY_SIZE(qc71_limit_properties),
	.get_property = qc71_limit_get,
	.set_property = qc71_limit_set,
	.property_is_writeable = qc71_limit_is_writeable,
};

/*
 * It never fails: older kernels take a failure for a reason to drop the hook,
 * and then, when it is unregistered, take it out of their list once more.
 */
static int qc71_battery_add(struct power_supply *psy, struct acpi_battery_hook *hook)
{
	struct qc71_battery *battery = container_of(hook, struct qc71_battery, hook);
	int err;

	if (battery->psy || strcmp(psy->desc->name, QC71_BATTERY))
		return 0;

	err = power_supply_register_extension(psy, &qc71_limit_ext, battery->qc->dev,
					      battery->qc);
	if (err)
		dev_warn(battery->qc->dev, "no charge limit for %s: error %d\n",
			 psy->desc->name, err);
	else
		battery->psy = psy;
	return 0;
}

QC71_BATTERY_HOOK_FUNCTION(qc71_battery_add)

static int qc71_battery_remove(struct power_supply *psy, struct acpi_battery_hook *hook)
{
	struct qc71_battery *battery = container_of(hook, struct qc71_battery, hook);

	if (battery->psy == psy) {
		power_supply_unregister_extension(psy, &qc71_limit_ext);
		battery->psy = NULL;
	}
	return 0;
}

QC71_BATTERY_HOOK_FUNCTION(qc71_battery_remove)

int qc71_battery_init(struct qc71 *qc)
{
	struct qc71_battery *battery;

	if (!qc71_has(qc, QC71_LIMIT))
		return 0;

	battery = devm_kzalloc(qc->dev, sizeof(*battery), GFP_KERNEL);
	if (!battery)
		return -ENOMEM;

	battery->qc = qc;
	battery->hook.name = QC71_NAME;
	battery->hook.add_battery = QC71_BATTERY_HOOK(qc71_battery_add);
	battery->hook.remove_battery = QC71_BATTERY_HOOK(qc71_battery_remove);
	return devm_battery_hook_register(qc->dev, &battery->hook);
}

#else

int qc71_battery_init(struct qc71 *qc)
{
	return 0;
}

#endif
