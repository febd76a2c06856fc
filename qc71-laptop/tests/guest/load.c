// SPDX-License-Identifier: GPL-2.0-only
/* Loading and unloading: with what parameters, on what answers of the controller's, and what stays. */
#include "files.h"

/* Loads anew, on a laptop that was just switched on. */
static int load_anew(const char *params)
{
	switch_on();
	return load_with(params);
}

/* What the driver leaves behind when it is gone, in the system and in the laptop. */
static void expect_nothing_left(void)
{
	static const char *const gone[] = {
		DEVICE, "/sys/module/" MODULE, "/sys/bus/platform/drivers/" MODULE,
		"/sys/bus/wmi/drivers/" MODULE, "/sys/bus/wmi/drivers/" MODULE "_events",
		"/sys/class/leds/rgb:kbd_backlight", "/sys/class/leds/qc71_laptop::lightbar",
		"/sys/class/leds/qc71_laptop::kbd_backlight", "/sys/kernel/debug/" MODULE,
		BATTERY "charge_control_end_threshold", PROFILE,
	};
	unsigned int i;

	for (i = 0; i < COUNT(gone); i++)
		expect(!exists(gone[i]), "%s is left", gone[i]);
	expect_is(ec_peek(0x0741) & 0x01, 0, "manual control");
	expect_is(ec_peek(0x0751) & 0x40, 0, "the fans' boost");
	expect_is(ec_malformed(), 0, "the number of malformed requests");
}

static void nothing_stays(void)
{
	expect_is(load_anew(usual_params), 0, "loading");
	expect_is(set("manual_control", "1"), 0, "manual_control");
	if (has("hwmon/pwm1_enable")) {
		expect_is(set("hwmon/pwm1_enable", "1"), 0, "pwm1_enable");
		expect_is(set("hwmon/pwm1", "30"), 0, "pwm1");
		expect_is(ec_peek(0x0751) & 0x40, 0x40, "the fans' boost");
	}
	expect_is(ec_peek(0x0741) & 0x01, 1, "manual control");
	expect_is(unload(), 0, "unloading");
	expect_nothing_left();
}

/* All settings outlive the driver, lights too, but those of who is in charge do not. */
static void settings_stay(void)
{
	static unsigned char before[EC_SIZE], after[EC_SIZE];
	const struct file *file;
	int round, at;

	for (round = 0; round < 2; round++) {
		expect_is(load_anew(usual_params), 0, "loading");
		for_each_file(file)
			if (file->choices[0].text && !strstr(file->name, "pwm"))
				expect_is(put(file, file->choices[round].text), 0, file->name);
		expect_is(set("manual_control", "1"), 0, "manual_control");
		ec_memory(before);
		expect_is(unload(), 0, "unloading");
		ec_memory(after);
		for (at = 0; at < EC_SIZE; at++)
			expect(after[at] == (at == 0x0741 ? before[at] & ~0x01 : before[at]),
			       "0x%04x is 0x%02x and was 0x%02x", at, after[at], before[at]);
	}
}

static void again_and_again(void)
{
	unsigned char before[EC_SIZE], after[EC_SIZE];
	int i, at;

	for (i = 0; i < 5; i++) {
		expect_is(load_anew(usual_params), 0, "loading");
		expect(number_of("hwmon/temp1_input") == 45000, "no temperature");
		expect_is(unload(), 0, "unloading");
		expect_nothing_left();
		ec_memory(i ? after : before);
		for (at = 0; i && at < EC_SIZE; at++)
			expect(before[at] == after[at], "0x%04x is 0x%02x and was 0x%02x", at, after[at], before[at]);
	}
}

static void twice(void)
{
	expect_is(load_anew(usual_params), 0, "loading");
	expect_is(load_again(), -EEXIST, "loading twice");
	expect_is(ec_malformed(), 0, "the number of malformed requests");
	expect(has("manual_control") && number_of("hwmon/temp1_input") == 45000, "it does not work any more");
}

/* Parameters are only for those who load: nobody changes them later. */
static void parameters(void)
{
	static const struct {
		const char *params;
		const char *force, *takeover;
	} rows[] = {
		{ "", "N", "N" }, { "force=1", "Y", "N" }, { "takeover=1", "N", "Y" },
		{ "force=1 takeover=1", "Y", "Y" }, { "force=0 takeover=0", "N", "N" }, { "force", "Y", "N" },
	};
	char text[16];
	struct stat status;
	unsigned int i;

	for (i = 0; i < COUNT(rows); i++) {
		int error = load_anew(rows[i].params);

		if (error == -ENODEV)
			continue;	/* another case says where */
		expect(!error, "loading with \"%s\" is %d", rows[i].params, error);
		read_text("/sys/module/" MODULE "/parameters/force", text, sizeof(text));
		expect(!strcmp(text, rows[i].force), "force is %s with \"%s\"", text, rows[i].params);
		read_text("/sys/module/" MODULE "/parameters/takeover", text, sizeof(text));
		expect(!strcmp(text, rows[i].takeover), "takeover is %s with \"%s\"", text, rows[i].params);
		expect(number_of("manual_control") >= 0, "no manual_control with \"%s\"", rows[i].params);
	}
	expect(!stat("/sys/module/" MODULE "/parameters/force", &status) && !(status.st_mode & 0222),
	       "force can be written");
	expect(!stat("/sys/module/" MODULE "/parameters/takeover", &status) && !(status.st_mode & 0222),
	       "takeover can be written");
	expect_is(load_anew("force=maybe"), -EINVAL, "a parameter that is no bool");
	expect(!is_loaded(), "it was loaded with a wrong parameter");
	expect_nothing_left();
}

/* A known machine is what it is, by force or not. */
static void force_changes_nothing(void)
{
	bool here[COUNT(files)];
	unsigned int i;

	if (!load_anew("") && has("silent_mode") && !has("performance_mode") && !has("fn_lock"))
		skip("this one is not known");
	if (!is_loaded())
		skip("this one is left to another driver");
	/* The firmware tells of the battery when it is switched on, and who has the battery may be late to hear it. */
	wait_for_quiet();
	for (i = 0; i < COUNT(files); i++)
		here[i] = is_here(&files[i]);
	expect_is(load_anew("force=1"), 0, "loading by force");
	wait_for_quiet();
	for (i = 0; i < COUNT(files); i++)
		expect_is(is_here(&files[i]), here[i], files[i].name);
}

static void unknown_needs_force(void)
{
	if (!machine_is("board_vendor", "ACME"))
		skip("this one is known");
	expect_is(load_anew(""), -ENODEV, "loading without force");
	expect_is(load_with("takeover=1"), -ENODEV, "loading with another parameter");
	expect_is(ec_reads() + ec_writes(), 0, "the number of requests");
	expect_nothing_left();
	expect_is(load_with("force=1"), 0, "loading by force");
	expect(!exists(BATTERY "charge_control_end_threshold"), "there is a limit that may do harm");
}

/* What the kernel's own driver knows is left to it, where there is one. */
static void shared(void)
{
	if (!machine_is("product_name", "LAPKC71F"))
		skip("no other driver has this one");
	if (kernel_has_other()) {
		if (!kernel_is_debians())
			skip("only of Debian's kernels it is known if they have the other driver");
		expect_is(load_anew(""), -ENODEV, "loading");
		expect_is(load_with("force=1"), -ENODEV, "loading by force");
		expect_is(ec_reads() + ec_writes(), 0, "the number of requests");
		expect_nothing_left();
	} else {
		expect_is(load_anew(""), 0, "loading");
	}
	expect_is(load_anew("takeover=1"), 0, "loading as the one who takes over");
	expect(has("fn_lock") && number_of("fn_lock") >= 0, "it does not work");
}

/* What a model has only if its controller says so. */
static void controller_is_asked(void)
{
	static const char *const super = "super_key_lock", *const bar = "leds/qc71_laptop::lightbar";
	bool known = has("performance_mode") || has("fn_lock");
	bool fixed = !has("performance_mode") && has("fn_lock");
	bool mono = has("performance_mode") && !has("leds/rgb:kbd_backlight");
	int i;

	for (i = 0; i < 4; i++) {
		switch_on();
		ec_poke(0x0765, i & 1 ? 0x00 : 0xff);
		ec_poke(0x0766, i & 1 ? 0x00 : 0xff);
		ec_poke(0x078c, i & 2 ? 0x41 : 0x40);
		expect_is(load_with("force=1 takeover=1"), 0, "loading");
		expect_is(has(super), fixed || !(i & 1), super);
		expect_is(has(bar), fixed || !(i & 1), bar);
		expect_is(has("hwmon/pwm1"), known && !(i & 1), "hwmon/pwm1");
		expect_is(has(KBD_MONO "brightness"), mono && (i & 2), "the light of a white keyboard");
		if (has(KBD_MONO "brightness"))
			expect_is(number_of(KBD_MONO "max_brightness"), i & 1 ? 2 : 4, "its levels");
	}
	switch_on();
	ec_poke(0x0740, 0x0e);
	expect_is(load_with("force=1 takeover=1"), 0, "loading");
	expect_is(has(KBD_MONO "brightness"), mono, "the light of a keyboard of a project that is white");
}

/* The next step finds what this one found. */
static void as_before(void)
{
	expect_is(load_anew(usual_params), 0, "loading");
}

static const struct test_case cases[] = {
	{ "nothing stays behind", nothing_stays },
	{ "but what was set", settings_stay },
	{ "five times over", again_and_again },
	{ "it is not loaded twice", twice },
	{ "its parameters", parameters },
	{ "force changes nothing on a machine that is known", force_changes_nothing },
	{ "a machine that is not known needs force", unknown_needs_force },
	{ "a machine of another driver's needs takeover", shared },
	{ "the controller is asked for what only some have", controller_is_asked },
	{ "it is loaded at the end", as_before },
};

int main(void)
{
	return RUN_CASES(cases);
}
