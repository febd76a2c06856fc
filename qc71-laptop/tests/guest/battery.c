// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limit of the battery's charge, on models that are known to have it; with
 * the argument "none", that others have none and that its register, which can
 * do harm, is never touched; with "no-battery", that it waits for one; with
 * "second", that it is the first battery's.
 */
#include "again.h"

#define BATTERY		"/sys/class/power_supply/BAT0"
#define LIMIT		BATTERY "/charge_control_end_threshold"
#define REGISTER	0x07B9
#define REACHED		0x80

static long long limit(void)
{
	char text[64];
	int got = read_text(LIMIT, text, sizeof(text));

	return got < 0 ? got : atoll(text);
}

/* Waits until a file is there, or is not. */
static bool becomes(const char *path, bool there)
{
	return soon(exists(path) == there);
}

static void begin(void)
{
	begin_anew();
	expect(becomes(LIMIT, true), "there is no limit");
}

/* How often the register was asked for, in what the log still has. */
static int accesses_of(unsigned int address)
{
	struct request request;
	int found = 0;

	for_each_request(request)
		found += request.address == address;
	return found;
}

/* What the last write wanted to write, whatever the controller made of it. */
static int last_written(void)
{
	int data = -1;

	log_writes(REGISTER, &data);
	return data;
}

/* ---- Where there is a limit ---- */

static void test_values(void)
{
	static const int good[] = { 1, 50, 99, 100, 80 };
	char text[16];
	unsigned int i;

	begin();
	expect_is(limit(), 100, "the limit that nobody set");
	for (i = 0; i < COUNT(good); i++) {
		snprintf(text, sizeof(text), "%d\n", good[i]);
		expect_is(write_text(LIMIT, text), 0, text);
		expect_is(ec_peek(REGISTER) & 0x7F, good[i], "the register");
		expect_is(limit(), good[i], "the limit");
	}
}

static void test_wrong_values(void)
{
	static const char *const wrong[] = { "0", "101", "-1", "127", "128", "256", "306", "text", "\n", "5x", "0x", "1000000" };
	unsigned int i;
	int error;
	long wrote;

	begin();
	expect_is(write_text(LIMIT, "60"), 0, "60");
	wrote = ec_writes();
	for (i = 0; i < COUNT(wrong); i++)
		expect_is(write_text(LIMIT, wrong[i]), -EINVAL, wrong[i]);
	/* The kernel's own functions for numbers say that one is out of their range. */
	error = write_text(LIMIT, "99999999999999999999");
	expect(error == -ERANGE || error == -EINVAL, "a huge number: %d", error);
	/* Nothing at all never comes to a driver. */
	expect_is(write_text(LIMIT, ""), 0, "nothing");
	expect_is(ec_writes() - wrote, 0, "writes");
	expect_is(limit(), 60, "the limit");
}

static void test_register(void)
{
	static const struct {
		unsigned char is;
		int means;
	} rows[] = {
		{ 0, 100 }, { 1, 1 }, { 100, 100 }, { 101, 100 }, { 127, 100 },
		{ REACHED, 100 }, { REACHED | 60, 60 }, { REACHED | 100, 100 }, { 0xFF, 100 },
	};
	unsigned int i;

	begin();
	for (i = 0; i < COUNT(rows); i++) {
		ec_poke(REGISTER, rows[i].is);
		expect(limit() == rows[i].means, "0x%02x means %lld, not %d", rows[i].is, limit(), rows[i].means);
		expect_is(ec_peek(REGISTER), rows[i].is, "the register");
	}
}

/* The bit is the controller's, which keeps it; so it is what the driver asked for that counts. */
static void test_reached(void)
{
	begin();
	bench_call("\\_SB.QCEM.BPCT", 1, 75);
	expect_is(write_text(LIMIT, "60"), 0, "60");
	expect_is(ec_peek(REGISTER), REACHED | 60, "the register");
	expect_is(write_text(LIMIT, "70"), 0, "70");
	expect_is(last_written(), REACHED | 70, "what was written");
	expect_is(ec_peek(REGISTER), REACHED | 70, "the register");
	expect_is(write_text(LIMIT, "90"), 0, "90");
	expect_is(last_written(), REACHED | 90, "what was written");
	expect_is(ec_peek(REGISTER), 90, "the register");
	expect_is(write_text(LIMIT, "80"), 0, "80");
	expect_is(last_written(), 80, "what was written");
}

static void test_faults(void)
{
	unsigned int i;
	int error;

	begin();
	expect_is(write_text(LIMIT, "60"), 0, "60");
	for (i = 0; i < COUNT(wrong_answers); i++) {
		ec_fault(wrong_answers[i], 0xFFFF, REGISTER, OF_READS);
		error = limit();
		expect(is_error_of(wrong_answers[i], error), "fault %d makes a read %d", wrong_answers[i], error);
		ec_fault(wrong_answers[i], 0xFFFF, REGISTER, OF_WRITES);
		error = write_text(LIMIT, i & 1 ? "61" : "62");
		expect(is_error_of(wrong_answers[i], error), "fault %d makes a write %d", wrong_answers[i], error);
		ec_works();
	}
	expect_is(write_text(LIMIT, "63"), 0, "63");
	expect_is(limit(), 63, "the limit");
}

static void test_pulled(void)
{
	int fd, i;
	char byte;

	begin();
	expect_is(write_text(LIMIT, "55"), 0, "55");
	for (i = 0; i < 20 && !test_failed; i++) {
		fd = open(LIMIT, O_RDONLY | O_CLOEXEC);
		bench_call("\\_SB.BAT0.PLUG", 1, 0);
		expect(becomes(BATTERY, false), "the battery is there, %d", i);
		expect(read(fd, &byte, 1) < 0 && errno == ENODEV, "an open file can be read");
		close(fd);
		bench_call("\\_SB.BAT0.PLUG", 1, 1);
		expect(becomes(LIMIT, true), "there is no limit, %d", i);
		expect_is(limit(), 55, "the limit");
	}
	printf("# pulled %d times\n", i);
}

/* The battery and the driver come and go in every order. */
static void test_pulled_unloaded(void)
{
	begin();
	bench_call("\\_SB.BAT0.PLUG", 1, 0);
	expect(becomes(BATTERY, false), "the battery is there");
	expect_is(unload(), 0, "unloading without a battery");
	expect_is(load_again(), 0, "loading without a battery");
	expect(!exists(LIMIT), "there is a limit without a battery");
	bench_call("\\_SB.BAT0.PLUG", 1, 1);
	expect(becomes(LIMIT, true), "there is no limit");
	expect_is(unload(), 0, "unloading");
	expect(exists(BATTERY) && !exists(LIMIT), "the limit outlasts the driver");
	bench_call("\\_SB.BAT0.PLUG", 1, 0);
	expect(becomes(BATTERY, false), "the battery is there");
	bench_call("\\_SB.BAT0.PLUG", 1, 1);
	expect(becomes(BATTERY, true) && !exists(LIMIT), "a limit without the driver");
	expect_is(load_again(), 0, "loading");
	expect(becomes(LIMIT, true), "there is no limit");
}

static void test_battery_module(void)
{
	int i;

	begin();
	if (!exists("/sys/module/battery/initstate"))
		skip("the battery's driver is part of the kernel");
	expect_is(write_text(LIMIT, "44"), 0, "44");
	expect_is(unload_module("battery"), -EWOULDBLOCK, "unloading battery, which is in use");
	expect_is(limit(), 44, "the limit");
	for (i = 0; i < 3; i++) {
		expect_is(unload(), 0, "unloading");
		expect_is(unload_module("battery"), 0, "unloading battery");
		expect(!exists(BATTERY), "the battery is there");
		expect_is(load_again(), -ENOENT, "loading without battery, whose symbols it needs");
		expect_is(load_module("battery", ""), 0, "loading battery");
		expect_is(load_again(), 0, "loading");
		/* It looks for batteries in a thread of its own. */
		expect(becomes(LIMIT, true), "there is no limit");
	}
}

/* Its driver can leave the battery alone even while ours is loaded: 7.x has a platform driver, older ones one of ACPI's. */
static void test_battery_unbound(void)
{
	static const char *const drivers[] = { "/sys/bus/acpi/drivers/battery", "/sys/bus/platform/drivers/acpi-battery" };
	const char *driver = exists(drivers[0]) ? drivers[0] : drivers[1];
	char path[128];
	int i;

	begin();
	snprintf(path, sizeof(path), "%s/unbind", driver);
	if (!exists(path))
		skip("the battery's driver can't be unbound");
	for (i = 0; i < 5 && !test_failed; i++) {
		snprintf(path, sizeof(path), "%s/unbind", driver);
		expect_is(write_text(path, "PNP0C0A:00"), 0, "unbinding");
		expect(becomes(BATTERY, false), "the battery is there");
		snprintf(path, sizeof(path), "%s/bind", driver);
		expect_is(write_text(path, "PNP0C0A:00"), 0, "binding");
		expect(becomes(LIMIT, true), "there is no limit");
		expect_is(write_text(LIMIT, i & 1 ? "50" : "51"), 0, "the limit");
	}
}

/* ---- Where there is none ---- */

static void test_none(void)
{
	switch_on();
	ec_poke(REGISTER, 0x33);
	expect_is(load_again(), 0, "loading");
	wait_for_quiet();
	expect(!exists(LIMIT), "there is a limit");
	bench_call("\\_SB.QCEM.BPCT", 1, 10);
	ec_event(0xAB);
	if (has_events())
		expect(events_are_taken(), "nobody takes the event");
	wait_for_quiet();
	wait_ms(300);
	expect_is(ec_reads() + ec_writes() < LOG_KEPT, 1, "the log has all accesses");
	expect_is(accesses_of(REGISTER), 0, "accesses of the register");
	expect_is(unload(), 0, "unloading");
	expect_is(accesses_of(REGISTER), 0, "accesses of the register");
	expect_is(ec_peek(REGISTER), 0x33, "the register");
	expect_is(load_again(), 0, "loading");
}

static void test_no_battery(void)
{
	expect(!exists(BATTERY), "there is a battery");
	test_none();
}

/* The register is about the first battery, whether that is there or not. */
static void test_second(void)
{
	static const char other[] = "/sys/class/power_supply/BAT1/";
	int i;

	begin();
	expect(exists(other), "there is no second battery");
	expect_is(write_text(LIMIT, "66"), 0, "66");
	expect_is(ec_peek(REGISTER) & ~REACHED, 66, "the register");
	for (i = 0; i < 3; i++) {
		bench_call("\\_SB.BAT0.PLUG", 1, 0);
		expect(becomes(BATTERY, false), "the battery is there");
		expect(!exists("/sys/class/power_supply/BAT1/charge_control_end_threshold"),
		       "the second battery has a limit");
		bench_call("\\_SB.BAT0.PLUG", 1, 1);
		expect(becomes(LIMIT, true), "there is no limit");
		expect_is(limit(), 66, "the limit");
	}
	expect(!exists("/sys/class/power_supply/BAT1/charge_control_end_threshold"), "the second battery has a limit");
}

int main(int count, char **args)
{
	static const struct test_case limited[] = {
		{ "what a limit can be", test_values },
		{ "what it can't be", test_wrong_values },
		{ "what the register means", test_register },
		{ "the controller's own bit is left to it", test_reached },
		{ "a controller that fails is an error", test_faults },
		{ "a battery that is pulled and plugged again", test_pulled },
		{ "the battery and the driver come and go", test_pulled_unloaded },
		{ "the battery's module comes and goes", test_battery_module },
		{ "the battery's driver leaves it and takes it", test_battery_unbound },
	};
	static const struct test_case none[] = {
		{ "there is no limit, and its register is left alone", test_none },
	};
	static const struct test_case no_battery[] = {
		{ "without a battery its limit is left alone", test_no_battery },
	};
	static const struct test_case second[] = {
		{ "a second battery has no limit", test_second },
	};
	int failed;

	if (count > 1 && !strcmp(args[1], "none"))
		return RUN_CASES(none);
	if (count > 1 && !strcmp(args[1], "no-battery"))
		return RUN_CASES(no_battery);
	failed = count > 1 ? RUN_CASES(second) : RUN_CASES(limited);
	begin();
	return failed;
}
