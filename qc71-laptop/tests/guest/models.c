// SPDX-License-Identifier: GPL-2.0-only
/* What the driver offers on this machine: exactly what its model has. */
#include "qc71.h"

#define ALWAYS	"manual_control hwmon/fan1_input hwmon/fan2_input hwmon/temp1_input hwmon/temp2_input input "

/* Of all that some model has; what a machine does not name, it must not have. */
static const char *const all[] = {
	"manual_control", "fn_lock", "fn_lock_switch", "super_key_lock", "silent_mode", "turbo_mode",
	"performance_mode", "custom_tdp", "custom_mode", "fan_always_on", "fan_reduced_duty_cycle",
	"hwmon/fan1_input", "hwmon/fan2_input", "hwmon/temp1_input", "hwmon/temp2_input",
	"input", "leds/qc71_laptop::lightbar", "leds/rgb:kbd_backlight",
	"/sys/class/power_supply/BAT0/charge_control_end_threshold",
};

static const struct {
	const char *file;	/* of /sys/class/dmi/id */
	const char *text;
	const char *has;
} models[] = {
	{ "product_name", "PROX15-AMD5", ALWAYS "fn_lock fn_lock_switch silent_mode performance_mode" },
};

int main(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		printf("# %s %d\n", all[i], all[i][0] == '/' ? exists(all[i]) : has(all[i]));
	(void)models;
	return 0;
}
