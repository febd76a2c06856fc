// SPDX-License-Identifier: GPL-2.0-only
/* The choice between speed and quiet: its files, its register, its key. */
#include "again.h"

#define MODE		0x0751
#define SILENT		0x80
#define HIGH		0x20
#define TURBO		0x10

enum { SAVER = 1, BALANCED, FAST };

static const char *const profiles[] = { "", "low-power", "balanced", "performance" };

/* The families of the facts: two choices, three, or none. */
struct model {
	const char *product;
	bool silent, turbo, modes;
	bool always_high;	/* the driver has to be in charge, and sets bit 5 with each mode */
};

static const struct model models[] = {
	{ "PROX15-AMD5", true, false, true, false },
	{ "EXECUTIVE-14", true, false, true, false },
	{ "TITAN", true, true, true, false },
	{ "HERO-RPL-RTX", true, true, true, false },
	{ "EVO14-A8", true, true, true, true },
	{ "CREA15-A8-RTX", true, true, true, true },
	{ "A60 MUV", false, false, false, false },
	{ "Rocket", true, false, false, false },	/* it only says so itself */
};

static struct model model;

static void find_model(void)
{
	unsigned int i;

	for (i = 0; i < COUNT(models); i++)
		if (machine_is("product_name", models[i].product))
			model = models[i];
}

static bool can(int mode)
{
	return model.modes && (mode == BALANCED || (mode == SAVER ? model.silent : model.turbo));
}

static unsigned int own_bits(void)
{
	return (model.silent ? SILENT : 0) | (model.turbo ? TURBO : 0) | (model.always_high ? HIGH : 0);
}

static unsigned int bits_of(int mode)
{
	return (mode == SAVER ? SILENT : mode == FAST ? TURBO : 0) | (model.always_high ? HIGH : 0);
}

static bool has_profile(void)
{
	char text[256];

	return read_text(PROFILE, text, sizeof(text)) > 0;
}

/* All that tell of the mode tell the same. */
static void expect_mode(int mode)
{
	char text[256];

	if (model.modes)
		expect_is(number_of("performance_mode"), mode, "performance_mode");
	if (model.silent)
		expect_is(number_of("silent_mode"), mode == SAVER, "silent_mode");
	if (model.turbo)
		expect_is(number_of("turbo_mode"), mode == FAST, "turbo_mode");
	if (has_profile()) {
		read_text(PROFILE, text, sizeof(text));
		expect(!strcmp(text, profiles[mode]), "the profile is %s, not %s", text, profiles[mode]);
	}
}

/* ---- Cases ---- */

static void has_what_the_model_has(void)
{
	char choices[256], wanted[256] = "";
	int mode;

	expect_is(has("performance_mode"), model.modes, "the presence of performance_mode");
	expect_is(has("silent_mode"), model.silent, "the presence of silent_mode");
	expect_is(has("turbo_mode"), model.turbo, "the presence of turbo_mode");

	read_text(PROFILE "_choices", choices, sizeof(choices));
	for (mode = SAVER; mode <= FAST; mode++) {
		if (!can(mode))
			continue;
		strcat(wanted, wanted[0] ? " " : "");
		strcat(wanted, profiles[mode]);
	}
	/* Old kernels were built without it. */
	if (model.modes && !exists(PROFILE))
		expect(!exists("/sys/class/platform-profile"), "there is no profile");
	else
		expect(!strcmp(choices, wanted), "the choices are \"%s\", not \"%s\"", choices, wanted);
}

static void sets_the_register(void)
{
	static const unsigned int others[] = { 0x00, 0xFF, 0xA0, 0x20, 0x30, 0x10, 0x4F };
	unsigned int i;
	int mode;

	if (!model.modes)
		skip("no modes");
	for (i = 0; i < COUNT(others); i++) {
		for (mode = SAVER; mode <= FAST; mode++) {
			if (!can(mode))
				continue;
			ec_poke(MODE, others[i]);
			expect_is(set_number("performance_mode", mode), 0, "setting performance_mode");
			expect_is(ec_peek(MODE), (others[i] & ~own_bits()) | bits_of(mode), "0x0751");
			if (model.turbo || !(others[i] & TURBO))
				expect_mode(mode);
		}
	}
}

static void tells_the_register(void)
{
	static const struct { unsigned int value; int mode; } modes[] = {
		{ 0xA0, SAVER }, { 0x80, SAVER }, { 0x20, BALANCED }, { 0x00, BALANCED }, { 0x30, FAST }, { 0x10, FAST },
	};
	unsigned int i, more;

	if (!own_bits())
		skip("no modes");
	log_clear();
	for (i = 0; i < COUNT(modes); i++) {
		if (modes[i].mode == FAST && !model.turbo)
			continue;
		for (more = 0; more <= 0x4F; more += 0x4F) {
			ec_poke(MODE, modes[i].value | more);
			expect_mode(modes[i].mode);
		}
	}
	expect_is(ec_writes(), 0, "the number of writes");
}

/* A bit that this model has no use for is no mode. */
static void ignores_what_it_lacks(void)
{
	if (!model.modes || model.turbo)
		skip("it has all modes");
	ec_poke(MODE, 0x20 | TURBO);
	expect_mode(BALANCED);
	ec_poke(MODE, 0xA0 | TURBO);
	expect_mode(SAVER);
}

static void has_one_bit_each(void)
{
	if (!own_bits())
		skip("no modes");
	ec_poke(MODE, 0x4F);
	expect_is(set("silent_mode", "1"), 0, "setting silent_mode");
	expect_is(ec_peek(MODE), 0xCF, "silent, 0x0751");
	expect_is(set("silent_mode", "0"), 0, "clearing silent_mode");
	expect_is(ec_peek(MODE), 0x4F, "not silent, 0x0751");
	if (!model.turbo)
		return;
	expect_is(set("turbo_mode", "1"), 0, "setting turbo_mode");
	expect_is(ec_peek(MODE), 0x5F, "turbo, 0x0751");
	expect_is(set("silent_mode", "1"), 0, "setting silent_mode");
	expect_is(ec_peek(MODE), 0xCF, "silent after turbo, 0x0751");
	expect_is(set("turbo_mode", "0"), 0, "clearing turbo_mode");
	expect_is(ec_peek(MODE), 0xCF, "silent, and still not turbo, 0x0751");
	expect_is(set("turbo_mode", "1"), 0, "setting turbo_mode");
	expect_is(ec_peek(MODE), 0x5F, "turbo after silent, 0x0751");
	expect_is(set("turbo_mode", "0"), 0, "clearing turbo_mode");
	expect_is(ec_peek(MODE), 0x4F, "not turbo, 0x0751");
}

static void refuses_bad_values(void)
{
	static const char *const values[] = { "0", "4", "-1", "256", "257", "258", "4294967297", "x", "\n", "1x", "1.5",
		"99999999999999999999", "balanced" };
	static const char *const bits[] = { "2", "-1", "10", "256", "257", "4294967297", "x", "\n", "99999999999999999999" };
	unsigned int i;

	if (!own_bits())
		skip("no modes");
	ec_poke(MODE, 0x20);
	log_clear();
	for (i = 0; model.modes && i < COUNT(values); i++)
		expect_is(set("performance_mode", values[i]), -EINVAL, values[i]);
	if (model.modes && !model.turbo)
		expect_is(set("performance_mode", "3"), -EINVAL, "a mode that it lacks");
	for (i = 0; i < COUNT(bits); i++) {
		expect_is(set("silent_mode", bits[i]), -EINVAL, bits[i]);
		if (model.turbo)
			expect_is(set("turbo_mode", bits[i]), -EINVAL, bits[i]);
	}
	if (has_profile()) {
		expect(write_text(PROFILE, "cool") < 0, "a profile that it lacks is taken");
		expect(write_text(PROFILE, "balanced-performance") < 0, "a profile that it lacks is taken");
		expect(write_text(PROFILE, "nothing") < 0, "a profile that nobody has is taken");
		if (!model.turbo)
			expect(write_text(PROFILE, "performance") < 0, "a profile that it lacks is taken");
	}
	expect_is(ec_writes(), 0, "the number of writes");
}

static void is_the_profile(void)
{
	int mode, fd;

	if (!has_profile())
		skip("no profile");
	for (mode = SAVER; mode <= FAST; mode++) {
		if (!can(mode))
			continue;
		ec_poke(MODE, 0x4F);
		fd = watch(file_of("performance_mode"));
		expect_is(write_text(PROFILE, profiles[mode]), 0, "setting the profile");
		expect_is(ec_peek(MODE), 0x4F | bits_of(mode), "0x0751");
		expect(watch_woken(fd, PATIENCE_MS), "who watches performance_mode is not told");
		expect_mode(mode);
		/* And the other way. */
		ec_poke(MODE, 0x4F);
		fd = watch(PROFILE);
		expect_is(set_number("performance_mode", mode), 0, "setting performance_mode");
		expect(watch_woken(fd, PATIENCE_MS), "who watches the profile is not told");
		expect_mode(mode);
	}
	ec_fault(FAULT_FE, 1, MODE, OF_WRITES);
	expect_is(write_text(PROFILE, profiles[SAVER]), -EIO, "setting the profile");
	ec_works();
	ec_fault(FAULT_FE, 1, MODE, OF_READS);
	expect(!has_profile(), "a profile is made up");
	ec_works();
}

/* The controller changed it, or wants it to be changed. */
static void hears_of_changes(void)
{
	static const unsigned int codes[] = { 0xBC, 0xB0 };
	static const char *const files[] = { "performance_mode", "silent_mode", "turbo_mode" };
	static const unsigned int values[] = { 0xA0, 0x20 };
	unsigned int code, i;
	int fds[3], profile;

	if (!own_bits() || !has_events())
		skip("no modes, or no events");
	for (code = 0; code < 2; code++) {
		for (i = 0; i < 3; i++)
			fds[i] = watch(file_of(files[i]));
		profile = watch(PROFILE);
		ec_poke(MODE, values[code]);
		ec_event(codes[code]);
		for (i = 0; i < 3; i++)
			if (fds[i] >= 0)
				expect(watch_woken(fds[i], PATIENCE_MS), "who watches %s is not told of 0x%02x",
				       files[i], codes[code]);
		if (has_profile())
			expect(watch_woken(profile, PATIENCE_MS), "who watches the profile is not told of 0x%02x",
			       codes[code]);
		else if (profile >= 0)
			close(profile);
		expect_mode(code ? BALANCED : SAVER);
	}
}

/* Other events are no reason to look. */
static void is_left_alone_by_others(void)
{
	int fd;

	if (!own_bits() || !has_events())
		skip("no modes, or no events");
	fd = watch(file_of("silent_mode"));
	ec_event(0xB1);
	ec_event(0xA5);
	expect(!watch_woken(fd, 100), "who watches silent_mode is told of nothing");
}

/* Who handles the keys is another question. */
static void leaves_manual_control(void)
{
	int manual, mode;

	if (!model.modes)
		skip("no modes");
	for (manual = 0; manual < 2; manual++) {
		ec_poke(0x0741, 0x28);
		ec_poke(MODE, 0x20);
		expect_is(set_number("manual_control", manual), 0, "setting manual_control");
		expect_is(ec_peek(0x0741), 0x28 | manual, "0x0741");
		expect_is(ec_peek(MODE), 0x20, "0x0751");
		for (mode = SAVER; mode <= FAST; mode++) {
			if (!can(mode))
				continue;
			expect_is(set_number("performance_mode", mode), 0, "setting performance_mode");
			expect_is(ec_peek(0x0741), 0x28 | manual, "0x0741");
			expect_mode(mode);
		}
		expect_is(number_of("manual_control"), manual, "manual_control");
	}
}

/* Models whose keys need the driver in charge have it so from the beginning. */
static void is_in_charge_where_needed(void)
{
	begin_anew();
	expect_is(ec_peek(0x0741), model.always_high, "0x0741");
	expect_is(ec_peek(MODE), 0x20, "0x0751");
	expect_is(unload(), 0, "unloading");
	ec_reset();
	ec_poke(0x0741, 0x28);
	ec_poke(MODE, 0x43);
	expect_is(load_again(), 0, "loading");
	expect_is(ec_peek(0x0741), 0x28 | model.always_high, "0x0741");
	expect_is(ec_peek(MODE), 0x43 | (model.always_high ? HIGH : 0), "0x0751");
}

static const struct test_case cases[] = {
	{ "a new laptop", begin_anew },
	{ "it has what its model has", has_what_the_model_has },
	{ "setting a mode sets the register", sets_the_register },
	{ "the register is told as a mode", tells_the_register },
	{ "what it lacks is no mode", ignores_what_it_lacks },
	{ "silent and turbo are a bit each", has_one_bit_each },
	{ "it refuses bad values", refuses_bad_values },
	{ "the mode is the platform's profile", is_the_profile },
	{ "changes by the controller are told", hears_of_changes },
	{ "other events tell nothing", is_left_alone_by_others },
	{ "manual control is left as it is", leaves_manual_control },
	{ "manual control is taken where it is needed", is_in_charge_where_needed },
	{ "and a new laptop again", begin_anew },
};

int main(void)
{
	find_model();
	return RUN_CASES(cases);
}
