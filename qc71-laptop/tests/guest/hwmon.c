// SPDX-License-Identifier: GPL-2.0-only
/* Fans and temperatures, and what of them can be set. */
#include "again.h"

#define MODE	0x0751
#define BOOST	0x40
#define CONTROL	0x0741

static const unsigned int duty_at[] = { 0x1804, 0x1809 };
static const unsigned int duty_now_at[] = { 0x075B, 0x075C };
static const char *const pwm[] = { "hwmon/pwm1", "hwmon/pwm2" };

enum { FULL, MANUAL, AUTO };

static bool has_pwm(void)
{
	return has("hwmon/pwm1");
}

static bool boosted(void)
{
	return ec_peek(MODE) & BOOST;
}

/* To the nearest, as between hwmon's 0..255 and the controller's 0..200. */
static int pwm_of(int duty)
{
	return (duty * 255 * 2 + 200) / 400;
}

static int duty_of(int value)
{
	int duty = (value * 200 * 2 + 255) / 510;

	return duty ? duty : 1;		/* 0 makes the fan run for three minutes more */
}

static void has_names(void)
{
	expect_text("hwmon/name", MODULE);
	expect_text("hwmon/temp1_label", "CPU");
	expect_text("hwmon/temp2_label", "GPU");
	expect_text("hwmon/fan1_label", "Main");
	expect_text("hwmon/fan2_label", "Secondary");
	expect(!has("hwmon/fan3_input") && !has("hwmon/temp3_input") && !has("hwmon/pwm3"),
	       "there is more than two of each");
}

static void tells_rpm(void)
{
	static const unsigned int values[] = { 0, 1, 0xFF, 0x0100, 0x1234, 0xFE00, 0xFEFE, 0xFF00, 0xFFFF };
	unsigned int i;

	for (i = 0; i < COUNT(values); i++) {
		ec_poke(0x0464, values[i] >> 8);
		ec_poke(0x0465, values[i]);
		ec_poke(0x046C, ~values[i] >> 8);
		ec_poke(0x046D, ~values[i]);
		log_clear();
		expect_is(number_of("hwmon/fan1_input"), values[i], "fan1_input");
		expect_is(number_of("hwmon/fan2_input"), ~values[i] & 0xFFFF, "fan2_input");
		/* Both bytes are of the same moment only if they come in one answer. */
		expect_is(ec_reads(), 2, "the number of reads");
		expect_is(ec_writes(), 0, "the number of writes");
	}
}

static void tells_temperature(void)
{
	static const unsigned int values[] = { 0, 1, 45, 127, 128, 254, 255 };
	unsigned int i;

	for (i = 0; i < COUNT(values); i++) {
		ec_poke(0x043E, values[i]);
		ec_poke(0x044F, 255 - values[i]);
		log_clear();
		expect_is(number_of("hwmon/temp1_input"), values[i] * 1000, "temp1_input");
		expect_is(number_of("hwmon/temp2_input"), (255 - values[i]) * 1000, "temp2_input");
		expect_is(ec_writes(), 0, "the number of writes");
	}
}

static void keeps_pwm(void)
{
	static const int values[] = { 0, 1, 2, 3, 26, 77, 127, 128, 178, 229, 253, 254, 255 };
	unsigned int n;
	int value, i;

	if (!has_pwm())
		skip("no pwm");
	expect_is(set_number("hwmon/pwm1_enable", MANUAL), 0, "entering manual mode");
	for (n = 0; n < COUNT(values); n++) {
		value = values[n];
		expect_is(set_number(pwm[0], value), 0, "setting pwm1");
		expect_is(set_number(pwm[1], 255 - value), 0, "setting pwm2");
		expect_is(number_of(pwm[0]), value, "pwm1");
		expect_is(number_of(pwm[1]), 255 - value, "pwm2");
		expect_is(ec_peek(duty_at[0]), duty_of(value), "the duty of fan 1");
		expect_is(ec_peek(duty_at[1]), duty_of(255 - value), "the duty of fan 2");
		expect_is(ec_peek(duty_now_at[0]), duty_of(value), "what fan 1 does");
		expect(boosted(), "the duty is heard no more");
	}
	/* What somebody else set is told as well. */
	for (value = 0; value <= 200; value += 40) {
		for (i = 0; i < 2; i++) {
			ec_poke(duty_at[i], value);
			expect_is(number_of(pwm[i]), pwm_of(value), "pwm of what somebody else set");
		}
	}
	set_number("hwmon/pwm1_enable", AUTO);
}

static void tells_automatic_pwm(void)
{
	int value;

	if (!has_pwm())
		skip("no pwm");
	expect_is(number_of("hwmon/pwm1_enable"), AUTO, "pwm1_enable");
	for (value = 0; value <= 100; value += 20) {
		ec_poke(0x043E, value);
		ec_poke(0x044F, 100 - value);
		expect_is(number_of(pwm[0]), pwm_of(ec_peek(duty_now_at[0])), "pwm1");
		expect_is(number_of(pwm[1]), pwm_of(ec_peek(duty_now_at[1])), "pwm2");
	}
}

/* Whatever else is set in the registers, and whoever handles the keys. */
static void has_three_modes(void)
{
	static const int modes[] = { AUTO, FULL, MANUAL, FULL, AUTO, MANUAL, AUTO };
	static const int others[] = { 0x00, 0xBF };
	static const int controls[] = { 0x00, 0xFF };
	unsigned int control, other, i;

	if (!has_pwm())
		skip("no pwm");
	for (control = 0; control < 2; control++) {
		for (other = 0; other < 2; other++) {
			ec_poke(CONTROL, controls[control]);
			ec_poke(MODE, others[other]);
			for (i = 0; i < COUNT(modes); i++) {
				expect_is(set_number("hwmon/pwm1_enable", modes[i]), 0, "setting pwm1_enable");
				expect_is(number_of("hwmon/pwm1_enable"), modes[i], "pwm1_enable");
				expect_is(boosted(), modes[i] != AUTO, "the boost");
				expect_is(ec_peek(MODE) & ~BOOST, others[other], "the rest of 0x0751");
				expect_is(ec_peek(CONTROL), controls[control], "0x0741");
				if (modes[i] == FULL) {
					expect_is(ec_peek(duty_at[0]), 200, "the full duty of fan 1");
					expect_is(ec_peek(duty_at[1]), 200, "the full duty of fan 2");
					expect_is(number_of(pwm[0]), 255, "the full pwm1");
				}
			}
		}
	}
}

/* A key, or a program for the controller, started or ended it. */
static void sees_the_controllers_boost(void)
{
	int manual;

	if (!has_pwm())
		skip("no pwm");
	for (manual = 0; manual < 2; manual++) {
		ec_poke(CONTROL, manual);
		ec_poke(MODE, 0x20 | BOOST);
		expect_is(number_of("hwmon/pwm1_enable"), FULL, "pwm1_enable with the controller's boost");
		ec_event(0xA7);
		ec_poke(MODE, 0x20);
		ec_event(0xA7);
		wait_for_quiet();
		expect_is(number_of("hwmon/pwm1_enable"), AUTO, "pwm1_enable without it");

		/* It ends by itself after an hour. */
		expect_is(set_number("hwmon/pwm1_enable", MANUAL), 0, "entering manual mode");
		expect_is(set_number(pwm[0], 50), 0, "setting pwm1");
		ec_poke(MODE, 0x20);
		expect_is(number_of("hwmon/pwm1_enable"), AUTO, "pwm1_enable after the boost ended");
		expect_is(number_of(pwm[0]), pwm_of(ec_peek(duty_now_at[0])), "pwm1 after it");
		/* Then setting works, or is refused. */
		if (!set_number(pwm[0], 100))
			expect_is(ec_peek(duty_now_at[0]), duty_of(100), "what fan 1 does");
		expect_is(set_number("hwmon/pwm1_enable", AUTO), 0, "leaving manual mode");
		expect(!boosted(), "the boost stays");
	}
}

static void refuses_without_effect(void)
{
	if (!has_pwm())
		skip("no pwm");
	set_number("hwmon/pwm1_enable", AUTO);
	log_clear();
	if (!set_number(pwm[0], 100)) {
		expect_is(ec_peek(duty_now_at[0]), duty_of(100), "what fan 1 does");
	} else {
		expect_is(ec_writes(), 0, "the number of writes");
		expect(!boosted(), "there is a boost");
	}
	set_number("hwmon/pwm1_enable", AUTO);
}

/* A fan that stands has duty 0, and going on so must not write that. */
static void never_writes_no_duty(void)
{
	int fan, data = 1;

	if (!has_pwm())
		skip("no pwm");
	ec_poke(0x043E, 0);
	ec_poke(0x044F, 0);
	expect_is(ec_peek(duty_now_at[0]), 0, "the duty of a cold fan");
	log_clear();
	expect_is(set_number("hwmon/pwm1_enable", MANUAL), 0, "entering manual mode");
	for (fan = 0; fan < 2; fan++) {
		log_writes(duty_at[fan], &data);
		expect(data != 0, "duty 0 was written to fan %d", fan + 1);
		log_clear();
		expect_is(set_number(pwm[fan], 0), 0, "stopping the fan");
		expect_is(log_writes(duty_at[fan], &data), 1, "the number of writes");
		expect_is(data, 1, "the duty that was written");
		expect_is(number_of(pwm[fan]), 0, "pwm");
	}
	set_number("hwmon/pwm1_enable", AUTO);
}

static void keeps_the_boost(void)
{
	static const char *const writes[][2] = {
		{ "manual_control", "1" }, { "manual_control", "0" }, { "fn_lock", "1" }, { "fn_lock", "0" },
		{ "performance_mode", "1" }, { "performance_mode", "2" }, { "performance_mode", "3" },
		{ "silent_mode", "1" }, { "silent_mode", "0" }, { "turbo_mode", "1" }, { "turbo_mode", "0" },
		{ "custom_mode", "1" }, { "custom_mode", "0" }, { "super_key_lock", "1" }, { "super_key_lock", "0" },
		{ "../../../firmware/acpi/platform_profile", "low-power" },
		{ "../../../firmware/acpi/platform_profile", "performance" },
		{ "../../../firmware/acpi/platform_profile", "balanced" },
	};
	unsigned int i;
	int mode;

	if (!has_pwm())
		skip("no pwm");
	for (mode = FULL; mode <= MANUAL; mode++) {
		expect_is(set_number("hwmon/pwm1_enable", mode), 0, "setting pwm1_enable");
		if (mode == MANUAL)
			expect_is(set_number(pwm[1], 77), 0, "setting pwm2");
		for (i = 0; i < COUNT(writes); i++) {
			set(writes[i][0], writes[i][1]);
			expect(boosted(), "%s of %s ended the boost", writes[i][1], writes[i][0]);
			expect_is(ec_peek(duty_at[1]), mode == MANUAL ? duty_of(77) : 200, "the duty of fan 2");
			expect_is(number_of("hwmon/pwm1_enable"), mode, "pwm1_enable");
		}
	}
	set_number("hwmon/pwm1_enable", AUTO);
}

static void refuses_bad_values(void)
{
	static const char *const values[] = { "-1", "-5", "-255", "256", "257", "300", "511", "512", "65536",
		"2147483647", "2147483648", "4294967296", "4294967297", "-4294967295", "9223372036854775807",
		"x", "", "\n", " ", "1x", "0x10", "1 1", "1.5" };
	static const char *const modes[] = { "3", "4" };
	static const char *const files[] = { "hwmon/pwm1", "hwmon/pwm2", "hwmon/pwm1_enable" };
	unsigned int file, i;

	if (!has_pwm())
		skip("no pwm");
	expect_is(set_number("hwmon/pwm1_enable", MANUAL), 0, "entering manual mode");
	set_number(pwm[0], 100);
	log_clear();
	for (file = 0; file < 3; file++) {
		for (i = 0; i < COUNT(values); i++) {
			/* sysfs itself drops what has no length. */
			expect_is(set(files[file], values[i]), values[i][0] ? -EINVAL : 0, values[i]);
		}
		/* The kernel's own code finds that this is no number. */
		expect(set(files[file], "99999999999999999999") < 0, "far too much is taken");
	}
	for (i = 0; i < 2; i++)
		expect_is(set("hwmon/pwm1_enable", modes[i]), -EINVAL, modes[i]);
	expect_is(ec_writes(), 0, "the number of writes");
	expect_is(number_of(pwm[0]), 100, "pwm1");
	expect_is(number_of("hwmon/pwm1_enable"), MANUAL, "pwm1_enable");
	set_number("hwmon/pwm1_enable", AUTO);
}

static void does_it_whole_or_not(void)
{
	static const unsigned int where[] = { MODE, 0x1804, 0x1809 };
	unsigned int i;
	int mode;

	if (!has_pwm())
		skip("no pwm");
	for (mode = FULL; mode <= MANUAL; mode++) {
		for (i = 0; i < 3; i++) {
			set_number("hwmon/pwm1_enable", AUTO);
			ec_fault(FAULT_FE, 1, where[i], OF_WRITES);
			expect_is(set_number("hwmon/pwm1_enable", mode), -EIO, "setting pwm1_enable");
			ec_works();
			expect(!boosted(), "a boost is left, after 0x%04x failed", where[i]);
			expect_is(number_of("hwmon/pwm1_enable"), AUTO, "pwm1_enable");
		}
	}
	expect_is(set_number("hwmon/pwm1_enable", MANUAL), 0, "entering manual mode");
	set_number(pwm[0], 100);
	ec_fault(FAULT_FE, 1, 0x1804, OF_WRITES);
	expect_is(set_number(pwm[0], 200), -EIO, "setting pwm1");
	ec_works();
	expect_is(number_of(pwm[0]), 100, "pwm1 after that");
	set_number("hwmon/pwm1_enable", AUTO);
}

static void lets_go(void)
{
	int mode;

	for (mode = FULL; mode <= AUTO; mode++) {
		ec_poke(CONTROL, 0x28);
		expect_is(set("manual_control", "1"), 0, "setting manual_control");
		if (has_pwm())
			expect_is(set_number("hwmon/pwm1_enable", mode), 0, "setting pwm1_enable");
		expect_is(ec_peek(CONTROL), 0x29, "0x0741");
		expect_is(unload(), 0, "unloading");
		expect(!boosted(), "unloaded, the boost is left");
		expect_is(ec_peek(CONTROL), 0x28, "unloaded, 0x0741");
		expect_is(load_again(), 0, "loading");
		if (has_pwm())
			expect_is(number_of("hwmon/pwm1_enable"), AUTO, "loaded, pwm1_enable");
	}
}

static void has_what_the_controller_says(void)
{
	bool had = has_pwm();

	unload();
	ec_poke(0x0765, 0x60);
	expect_is(load_again(), 0, "loading");
	expect(!has_pwm() && !has("hwmon/pwm1_enable"), "there is a pwm without fan boost");
	expect(has("hwmon/fan1_input"), "there is no fan");
	begin_anew();
	expect_is(has_pwm(), had, "the presence of pwm");
}

/* From then on nobody watches over them. */
static void is_shut_down(void)
{
	static const int modes[] = { FULL, MANUAL, AUTO };
	char answer[256];
	unsigned int i;

	for (i = 0; i < COUNT(modes); i++) {
		begin_anew();
		expect_is(set("manual_control", "1"), 0, "setting manual_control");
		if (has_pwm())
			expect_is(set_number("hwmon/pwm1_enable", modes[i]), 0, "setting pwm1_enable");
		expect_is(bench_ask(answer, sizeof(answer), "shutdown " MODULE), 0, "shutting down");
		expect(!boosted(), "the fans are at what was set in mode %d", modes[i]);
		expect_is(ec_peek(CONTROL) & 1, 0, "manual control");
	}
	begin_anew();
	set("manual_control", "1");
	ec_fault(FAULT_FE, 0xFFFF, ANYWHERE, OF_BOTH);
	expect_is(bench_ask(answer, sizeof(answer), "shutdown " MODULE), 0, "shutting down with a dead controller");
	expect_is(bench_ask(answer, sizeof(answer), "shutdown " MODULE "0"), -ENOENT, "shutting down what is not there");
	begin_anew();
}

static const struct test_case cases[] = {
	{ "a new laptop", begin_anew },
	{ "it has names", has_names },
	{ "it tells rpm", tells_rpm },
	{ "it tells temperatures", tells_temperature },
	{ "it keeps what pwm is set to", keeps_pwm },
	{ "it tells what the controller drives the fans with", tells_automatic_pwm },
	{ "it has three modes", has_three_modes },
	{ "it sees what the controller does with the boost", sees_the_controllers_boost },
	{ "setting that has no effect is refused", refuses_without_effect },
	{ "it never writes duty 0", never_writes_no_duty },
	{ "other settings keep the boost", keeps_the_boost },
	{ "it refuses bad values", refuses_bad_values },
	{ "a mode that can't be entered is not", does_it_whole_or_not },
	{ "unloaded, it lets go", lets_go },
	{ "it has pwm where the controller says so", has_what_the_controller_says },
	{ "the fans are automatic when the machine is shut down", is_shut_down },
};

int main(void)
{
	return RUN_CASES(cases);
}
