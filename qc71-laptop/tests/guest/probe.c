// SPDX-License-Identifier: GPL-2.0-only
/* The controller fails while the driver is loaded: at each of its requests, in several ways. */
#include "files.h"

/* More than any model's loading asks. */
#define ENOUGH 80

/* A load that failed has left nothing. */
static void expect_nothing(int error, int n)
{
	expect(error == -EIO || error == -EPROTO || error == -ENODATA || error == -ENODEV,
	       "loading is %d when request %d fails", error, n);
	expect(!is_loaded(), "it is loaded after an error at request %d", n);
	expect(!exists(DEVICE), "the platform device is left after an error at request %d", n);
	expect(!exists("/sys/class/leds/rgb:kbd_backlight") && !exists("/sys/class/leds/qc71_laptop::lightbar"),
	       "a light is left after an error at request %d", n);
	expect(!exists(BATTERY "charge_control_end_threshold"), "the limit is left after an error at request %d", n);
	expect(!exists(PROFILE), "the profile is left after an error at request %d", n);
}

/* Whatever it came with, all of it works. */
static void expect_use(void)
{
	const struct file *file;
	char text[64];

	for_each_file(file)
		expect(read_text(path_of(file), text, sizeof(text)) > 0, "%s can't be read", file->name);
}

/* Answers whether the request was made at all. */
static bool fail_at(enum fault fault, int n, int count)
{
	bool failed;
	int error;

	switch_on();
	ec_fault(fault, count, ANYWHERE, OF_BOTH);
	bench_call("\\_SB.QCEM.FSKP", 1, n);
	error = load_again();
	failed = ec_hits() > 0;
	ec_works();
	if (error) {
		expect(failed, "loading is %d without any fault", error);
		expect_nothing(error, n);
		/* One fault is no reason not to clean up. */
		expect(count > 1 || !(ec_peek(0x0741) & 0x01), "manual control is left after an error at request %d", n);
		expect(count > 1 || !(ec_peek(0x0751) & 0x40), "the boost is left after an error at request %d", n);
	} else {
		expect_use();
		expect_is(unload(), 0, "unloading");
	}
	expect_is(ec_malformed(), 0, "the number of malformed requests");
	return failed;
}

/* The same files as ever, and they work. */
static void expect_clean_load(const bool *here)
{
	unsigned int i;

	switch_on();
	expect_is(load_again(), 0, "loading after the faults");
	for (i = 0; i < COUNT(files); i++)
		expect(is_here(&files[i]) == here[i], "%s %s", files[i].name, here[i] ? "is missing" : "is new");
	expect_use();
}

static void fail_everywhere(enum fault fault, int count)
{
	bool here[COUNT(files)];
	unsigned int i;
	int n = 0;

	begin_anew();
	for (i = 0; i < COUNT(files); i++)
		here[i] = is_here(&files[i]);
	while (n < ENOUGH && fail_at(fault, n, count))
		n++;
	expect(n > 0 || !has("performance_mode"), "loading asks nothing of the controller");
	expect(n < ENOUGH, "loading asks without end");
	expect_clean_load(here);
	printf("# %d requests\n", n);
}

static void dead_once(void)
{
	fail_everywhere(FAULT_FE, 1);
}

static void exception_once(void)
{
	fail_everywhere(FAULT_EXCEPTION, 1);
}

static void nothing_once(void)
{
	fail_everywhere(FAULT_NOTHING, 1);
}

/* From one request on nothing answers any more, so cleaning up fails as well. */
static void dead_for_good(void)
{
	fail_everywhere(FAULT_FE, 0xffff);
}

/* A controller that never answers has no laptop; it is not one with everything. */
static void dead_from_the_start(void)
{
	unsigned int i;
	int error;

	for (i = 0; i < COUNT(wrong_answers); i++) {
		switch_on();
		ec_fault(wrong_answers[i], 0xffff, ANYWHERE, OF_BOTH);
		error = load_again();
		expect(error, "it is loaded, with fault %d of all requests", wrong_answers[i]);
		if (error)
			expect_nothing(error, 0);
		ec_works();
	}
}

/* Slow is not dead. */
static void slow(void)
{
	switch_on();
	ec_fault(FAULT_SLOW, 3, ANYWHERE, OF_BOTH);
	expect_is(load_again(), 0, "loading");
	expect_is(ec_hits(), 3, "the number of slow answers");
	expect_use();
}

static const struct test_case cases[] = {
	{ "one request without an answer", dead_once },
	{ "one that the firmware fails at", exception_once },
	{ "one with an answer of nothing", nothing_once },
	{ "none is answered from one on", dead_for_good },
	{ "none is answered at all", dead_from_the_start },
	{ "answers that are slow", slow },
	{ "all is as before", begin_anew },
};

int main(void)
{
	return RUN_CASES(cases);
}
