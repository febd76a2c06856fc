// SPDX-License-Identifier: GPL-2.0-only
/* Machines that are not for the driver: it leaves them as they are. */
#include "again.h"

static bool firmware_has_it(void)
{
	long long value;

	return !bench_try(&value, "\\_SB.QCEM.CNTR", 0);
}

static void expect_nothing(void)
{
	static const char *const paths[] = {
		DEVICE, "/sys/module/" MODULE, "/sys/bus/platform/drivers/" MODULE,
		"/sys/bus/wmi/drivers/" MODULE, "/sys/bus/wmi/drivers/" MODULE "_events",
		"/sys/kernel/debug/" MODULE,
	};
	unsigned int i;

	for (i = 0; i < COUNT(paths); i++)
		expect(!exists(paths[i]), "there is %s", paths[i]);
	if (firmware_has_it()) {
		expect_is(ec_reads() + ec_writes(), 0, "the number of requests");
		expect_is(ec_malformed(), 0, "the number of malformed requests");
	}
}

static void is_refused(void)
{
	int i;

	expect_nothing();
	for (i = 0; i < 3; i++) {
		expect_is(load_with(i == 1 ? "takeover=1" : ""), -ENODEV, "loading");
		expect_nothing();
	}
}

/* By force a machine may be unknown, but what is not there is not there. */
static void by_force(void)
{
	if (!machine_is("board_vendor", "ACME")) {
		expect_is(load_with("force=1"), -ENODEV, "loading by force");
		expect_nothing();
		return;
	}
	expect_is(load_with("force=1"), 0, "loading by force");
	expect(has("manual_control"), "no manual_control");
	expect(!has("performance_mode") && !has("custom_tdp") && !has("hwmon/pwm1"),
	       "it has what nobody knows to be there");
	expect(!exists("/sys/class/power_supply/BAT0/charge_control_end_threshold"),
	       "there is a limit that may do harm");
	expect_is(unload(), 0, "unloading");
	ec_reset();
	expect_nothing();
}

static const struct test_case cases[] = {
	{ "it is refused, and not touched", is_refused },
	{ "by force, too, if it is not there", by_force },
};

int main(void)
{
	return RUN_CASES(cases);
}
