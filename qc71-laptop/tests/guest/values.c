// SPDX-License-Identifier: GPL-2.0-only
/* What can be written to each file does what it says, and what can't is refused and does nothing. */
#include "files.h"

static void right_values(void)
{
	const struct choice *choice;
	const struct file *file;
	char text[64];

	begin_anew();
	for_each_file(file) {
		prepare(file);
		for_each_choice(choice, file) {
			expect_is(put(file, choice->text), 0, file->name);
			expect_choice(file, choice);
			/* What was written is what is read, but for the blanks and the LED's limit. */
			read_text(path_of(file), text, sizeof(text));
			if (choice->text[0] != ' ' && strcmp(choice->text, "1000"))
				expect(!strcmp(text, choice->text), "%s: %s became %s", file->name, choice->text, text);
		}
	}
	expect_is(ec_malformed(), 0, "the number of malformed requests");
}

/* With and without the end of the line that a shell writes. */
static void newline(void)
{
	const struct file *file;
	char text[64];

	begin_anew();
	for_each_file(file) {
		if (!file->choices[0].text)
			continue;
		prepare(file);
		snprintf(text, sizeof(text), "%s\n", file->choices[0].text);
		expect_is(put(file, text), 0, file->name);
		expect_choice(file, &file->choices[0]);
	}
}

static void expect_refused(const struct file *file, const char *text)
{
	long long before = log_count();
	int error = put(file, text);
	/* Too large a number has an error of its own, and a profile that a machine lacks, too. */
	bool right = error == -EINVAL || (error == -ERANGE && strlen(text) > 9) ||
		     (error == -EOPNOTSUPP && !strcmp(file->name, PROFILE));

	expect(right, "%s: writing \"%s\" is %d", file->name, text, error);
	expect_is(log_count() - before, 0, file->name);
}

static void wrong_values(void)
{
	static char huge[4096];
	const struct file *file;
	const char *const *text;
	static unsigned char before[EC_SIZE], after[EC_SIZE];

	begin_anew();
	memset(huge, '1', sizeof(huge) - 1);
	ec_memory(before);
	for_each_file(file) {
		for (text = file->wrong; *text; text++)
			expect_refused(file, *text);
		if (file->wrong[0])
			expect_refused(file, huge);
	}
	ec_memory(after);
	expect(!memcmp(before, after, EC_SIZE), "the controller's memory is another");
}

/* Nothing is no value; it is no error either, as nothing arrives. */
static void nothing(void)
{
	const struct file *file;

	begin_anew();
	for_each_file(file) {
		if (!file->choices[0].text)
			continue;
		put(file, "");
		expect_is(log_count(), 0, file->name);
	}
}

/* A duty counts only while fans are driven by hand, and who writes one before is told. */
static void too_early(void)
{
	static const char *const names[] = { "hwmon/pwm1", "hwmon/pwm2" };
	unsigned int i;
	long before;

	begin_anew();
	if (!has("hwmon/pwm1"))
		skip("this model has none");
	expect_is(set("hwmon/pwm1_enable", "2"), 0, "pwm1_enable");
	before = ec_writes();
	for (i = 0; i < 2; i++)
		expect(set(names[i], "128") < 0, "%s was taken", names[i]);
	expect_is(ec_writes(), before, "the number of writes");
}

/* What another model has, this one does not take. */
static void of_others(void)
{
	begin_anew();
	if (!has("performance_mode") || has("turbo_mode"))
		skip("this model has all modes, or none");
	expect_is(set("performance_mode", "3"), -EINVAL, "performance_mode");
	expect(!exists(PROFILE) || write_text(PROFILE, "performance") < 0, "the profile was taken");
	expect_is(log_count(), 0, "the number of requests");
}

static void read_only(void)
{
	const struct file *file;

	begin_anew();
	for_each_file(file) {
		if (file->choices[0].text)
			continue;
		expect(write_text(path_of(file), "1") < 0, "%s was taken", file->name);
	}
	expect_is(log_count(), 0, "the number of requests");
}

/* Most models have one only if the controller says so. */
static void white_keyboard(void)
{
	const struct choice *choice;
	const struct file *file;
	const char *const *text;

	begin_anew();
	if (!has("performance_mode") || has("leds/rgb:kbd_backlight"))
		skip("this model's keyboard is another");
	begin_with(0x078c, 0x41);
	for_each_file(file) {
		if (strcmp(file->name, KBD_MONO "brightness"))
			continue;
		for_each_choice(choice, file) {
			expect_is(put(file, choice->text), 0, file->name);
			expect_choice(file, choice);
			expect_is(number_of(file->name), atoi(choice->text), file->name);
			expect_is(ec_light() >> 24, atoi(choice->text), "the light");
		}
		for (text = file->wrong; *text; text++)
			expect_refused(file, *text);
		return;
	}
	expect(false, "there is no light of a white keyboard");
}

static const struct test_case cases[] = {
	{ "what can be written arrives, and is read again", right_values },
	{ "an end of a line is no part of it", newline },
	{ "what is no value is refused, and nothing is asked of the controller", wrong_values },
	{ "nothing is written for nothing", nothing },
	{ "no duty without the hand", too_early },
	{ "no mode that the model lacks", of_others },
	{ "sensors can't be written", read_only },
	{ "the light of a white keyboard", white_keyboard },
	{ "all is as before", begin_anew },
};

int main(void)
{
	return RUN_CASES(cases);
}
