// SPDX-License-Identifier: GPL-2.0-only
/*
 * What sleep leaves of the laptop's settings: everything, seen in all of the
 * controller's memory, and also where the controller fails.
 *
 * The machine rehearses it (pm_test): all is done but to leave the machine,
 * and the firmware's _WAK, in which the virtual controller forgets, is called.
 * The first argument is how often, where a case repeats it.  With a second one
 * it really sleeps, and its clock wakes it.
 */
#include <linux/vt.h>
#include <sys/ioctl.h>
#include "again.h"

#define POWER		"/sys/power/"
#define TEST_DELAY	"/sys/module/suspend/parameters/pm_test_delay"
#define CLOCK		"/sys/class/rtc/rtc0/"
#define ALARM		CLOCK "wakealarm"
#define LIGHTBAR	DEVICE "/leds/qc71_laptop::lightbar"
#define RGB		DEVICE "/leds/rgb:kbd_backlight"
#define MONO		DEVICE "/leds/qc71_laptop::kbd_backlight"
#define LIMIT		"/sys/class/power_supply/BAT0/charge_control_end_threshold"

/* The console that the kernel makes for sleep, and keeps; it would be taken for something that the driver left. */
#define SLEEP_CONSOLE	63

/* What the laptop loses when it sleeps. */
enum { NOTHING, SOME, ALL };

static int times = 3;
static bool really;
static unsigned char before[EC_SIZE];
static unsigned char after[EC_SIZE];

/* ---- The controller's memory ---- */

static bool is_among(unsigned int address, const unsigned short *list)
{
	while (list && *list)
		if (*list++ == address)
			return true;
	return false;
}

/* The page 0x04xx is measured: temperatures, the battery, how fast the fans turn. */
static void expect_as_before(const unsigned short *but)
{
	unsigned int i;

	ec_memory(after);
	for (i = 0; i < EC_SIZE; i++)
		if ((i & 0xFF00) != 0x0400 && !is_among(i, but))
			expect(after[i] == before[i], "0x%04x was 0x%02x, and is 0x%02x", i, before[i], after[i]);
}

/* ---- Sleep ---- */

/* All but leaving the machine; answers 0, or a negative errno: why it did not sleep. */
static int rehearse(const char *level, int loss)
{
	int error;

	bench_call("\\_SB.QCEM.LOSS", 1, loss);
	write_text(TEST_DELAY, "0");
	error = write_text(POWER "pm_test", level);
	if (!error)
		error = write_text(POWER "state", "mem");
	write_text(POWER "pm_test", "none");
	return error;
}

static long long slept(void)
{
	char text[32] = "";

	read_text(POWER "suspend_stats/success", text, sizeof(text));
	return atoll(text);
}

/* The time of the clock that wakes it, in seconds: the kernel's own stands meanwhile. */
static long long clock_time(void)
{
	char text[32] = "";

	read_text(CLOCK "since_epoch", text, sizeof(text));
	return atoll(text);
}

/*
 * When the clock shall wake it.  An alarm that has rung on the way to sleep does
 * not ring again, and that way is long on a kernel that checks all it does, and
 * on a busy host: a rehearsal tells how long.
 */
static const char *alarm_time(void)
{
	static char text[32];
	long long began = clock_time();

	if (!*text) {
		rehearse("core", NOTHING);
		snprintf(text, sizeof(text), "+%lld", 2 + 3 * (clock_time() - began));
		printf("# the clock wakes it after %s s\n", text + 1);
	}
	return text;
}

static int sleep_now(int loss)
{
	const char *alarm = really ? alarm_time() : "";
	long long before = slept();
	int error;

	if (!really)
		return rehearse("core", loss);
	bench_call("\\_SB.QCEM.LOSS", 1, loss);
	write_text(ALARM, "0");
	error = write_text(ALARM, alarm);
	if (!error)
		error = write_text(POWER "state", "mem");
	write_text(ALARM, "0");
	if (!error)
		expect_is(slept() - before, 1, "how often it slept");
	return error;
}

/* ---- Settings ---- */

/* Of two, the one or the other. */
static void choose(bool other, const char *path, const char *one, const char *another)
{
	if (exists(path))
		expect_is(write_text(path, other ? another : one), 0, path);
}

static void choose_all(bool other)
{
	choose(other, DEVICE "/manual_control", "1", "0");
	choose(other, DEVICE "/fn_lock", "1", "0");
	choose(other, DEVICE "/fn_lock_switch", "0", "1");
	choose(other, DEVICE "/super_key_lock", "1", "0");
	choose(other, DEVICE "/fan_always_on", "1", "0");
	choose(other, DEVICE "/fan_reduced_duty_cycle", "1", "0");
	choose(other, DEVICE "/custom_tdp", "20 30 40", "15 25 35");
	choose(other, DEVICE "/custom_mode", "1", "0");
	choose(other, DEVICE "/silent_mode", "1", "0");
	choose(other, DEVICE "/turbo_mode", "0", "1");
	choose(other, LIGHTBAR "/multi_intensity", "7 14 28", "36 0 5");
	choose(other, LIGHTBAR "/brightness", "36", "18");
	choose(other, LIGHTBAR "/rainbow_mode", "1", "0");
	choose(other, LIGHTBAR "/brightness_s3", "0", "1");
	choose(other, RGB "/multi_intensity", "255 100 10", "0 30 200");
	choose(other, RGB "/brightness", "200", "255");
	choose(other, MONO "/brightness", "1", "2");
	choose(other, LIMIT, "77", "60");
	choose(false, file_of("hwmon/pwm1_enable"), "1", NULL);
	choose(other, file_of("hwmon/pwm1"), "100", "201");
	choose(other, file_of("hwmon/pwm2"), "151", "90");
}

/* As switched on, but for a project whose keyboard is white: that is one more light, where the model asks for it. */
static void begin(void)
{
	begin_with(0x0740, 0x09);
}

static void choose_and_remember(bool other)
{
	choose_all(other);
	wait_for_quiet();
	/* Lost with everything, but it is what the laptop is, and no setting. */
	ec_poke(0x0740, 0x0F);
	ec_memory(before);
}

static void begin_with_all(void)
{
	begin();
	choose_and_remember(false);
}

/* ---- Cases ---- */

static void test_forgets(void)
{
	switch_on();
	ec_poke(0x0741, 0x01);
	ec_poke(0x0751, 0xA0);
	ec_poke(0x07B9, 0x50);
	expect_is(sleep_now(SOME), 0, "sleeping");
	expect_is(ec_peek(0x0741), 0x00, "manual control");
	expect_is(ec_peek(0x0751), 0x20, "the mode");
	expect_is(ec_peek(0x07B9), 0x50, "the limit");
	expect_is(sleep_now(ALL), 0, "sleeping");
	expect_is(ec_peek(0x07B9), 0x00, "the limit");
	begin();
}

/* Devices are not asked at all. */
static void test_freezer(void)
{
	long asked;

	begin_with_all();
	asked = ec_reads() + ec_writes();
	expect_is(rehearse("freezer", ALL), 0, "sleeping");
	expect_is(ec_reads() + ec_writes() - asked, 0, "accesses");
	expect_as_before(NULL);
}

static void test_devices(void)
{
	begin_with_all();
	expect_is(rehearse("devices", ALL), 0, "sleeping");
	expect_as_before(NULL);
}

static void test_platform(void)
{
	begin_with_all();
	expect_is(rehearse("platform", ALL), 0, "sleeping");
	expect_as_before(NULL);
}

static void test_sleep_some(void)
{
	static const unsigned short light[] = { 0x078C, 0 };

	begin_with_all();
	expect_is(sleep_now(SOME), 0, "sleeping");
	/* A light that the driver does not have is not its business. */
	expect_as_before(exists(MONO) || exists(RGB) ? NULL : light);
}

static void test_sleep_all(void)
{
	int i;

	begin();
	for (i = 0; i < times && !test_failed; i++) {
		choose_and_remember(i & 1);
		expect_is(sleep_now(ALL), 0, "sleeping");
		expect_as_before(NULL);
	}
	printf("# slept %d times\n", i);
}

static void test_fan_files(void)
{
	begin_with_all();
	if (!has("hwmon/pwm1"))
		skip("no fan is driven by hand");
	expect_is(sleep_now(ALL), 0, "sleeping");
	expect_is(number_of("hwmon/pwm1_enable"), 1, "pwm1_enable");
	expect_is(number_of("hwmon/pwm1"), 100, "pwm1");
	expect_is(number_of("hwmon/pwm2"), 151, "pwm2");

	expect_is(set("hwmon/pwm1_enable", "0"), 0, "full speed");
	expect_is(sleep_now(ALL), 0, "sleeping");
	expect_is(number_of("hwmon/pwm1_enable"), 0, "pwm1_enable");
	expect_is(ec_peek(0x075B), 200, "the duty");

	expect_is(set("hwmon/pwm1_enable", "2"), 0, "automatic");
	expect_is(sleep_now(ALL), 0, "sleeping");
	expect_is(number_of("hwmon/pwm1_enable"), 2, "pwm1_enable");
	expect_is(ec_peek(0x0751) & 0x40, 0, "the boost");
}

/* What a key changed counts, and not what the driver had set. */
static void test_keys_choice(void)
{
	begin_with_all();
	if (!has("fn_lock"))
		skip("no Fn lock");
	ec_poke(0x074E, 0x00);
	expect_is(sleep_now(ALL), 0, "sleeping");
	expect_is(ec_peek(0x074E) & 0x10, 0x00, "the lock that a key opened");
	ec_poke(0x074E, 0x10);
	expect_is(sleep_now(ALL), 0, "sleeping");
	expect_is(ec_peek(0x074E) & 0x10, 0x10, "the lock that a key closed");
}

static void test_all_fails(void)
{
	static const enum fault faults[] = { FAULT_FE, FAULT_EXCEPTION };
	/* Who has the keyboard's light is nobody's choice, and was lost for want of a controller. */
	static const unsigned short rgb[] = { 0x0782, 0x078C, 0 };
	unsigned int i;

	begin_with_all();
	for (i = 0; i < COUNT(faults); i++) {
		ec_fault(faults[i], 0xFFFF, ANYWHERE, OF_BOTH);
		expect_is(sleep_now(ALL), 0, "sleeping");
		expect_is(ec_hits() > 0, 1, "something failed");
		ec_works();
		expect_is(set("manual_control", "0"), 0, "setting manual control");
		expect_is(set("manual_control", "1"), 0, "setting manual control");
		expect_is(ec_peek(0x0741), 1, "manual control");
		expect_is(number_of("hwmon/temp1_input"), 45000, "the temperature");
		/* And the next sleep is one as before. */
		choose_and_remember(i & 1);
		expect_is(sleep_now(ALL), 0, "sleeping");
		expect_as_before(exists(RGB) ? rgb : NULL);
	}
}

/* What can't be read before it sleeps is known from when it was set. */
static void test_saving_fails(void)
{
	begin_with_all();
	ec_fault(FAULT_FE, 1, 0x0741, OF_READS);
	expect_is(sleep_now(ALL), 0, "sleeping");
	expect_is(ec_hits(), 1, "failures");
	expect_as_before(NULL);
}

/* One register that can't be written when it wakes up, and what hangs on that; the others are restored. */
static void test_restoring_fails(void)
{
	static const struct {
		const char *whose;
		unsigned short address;
		unsigned short follows;
	} rows[] = {
		{ DEVICE "/manual_control", 0x0741 },
		{ DEVICE "/fn_lock", 0x074E },
		{ LIMIT, 0x07B9 },
		{ DEVICE "/custom_mode", 0x0727 },
		{ LIGHTBAR, 0x0748 },
		{ RGB, 0x1803 },
		{ DEVICE "/super_key_lock", 0x0767, 0x0768 },
		{ NULL, 0x1804, 0x075B },
		{ NULL, 0x1809, 0x075C },
		{ MONO, 0x078C },
	};
	unsigned short but[3] = { 0 };
	unsigned int i;

	begin();
	for (i = 0; i < COUNT(rows) && !test_failed; i++) {
		if (!exists(rows[i].whose ?: file_of("hwmon/pwm1")))
			continue;
		choose_and_remember(false);
		ec_fault(FAULT_FE, 0xFFFF, rows[i].address, OF_WRITES);
		expect_is(sleep_now(ALL), 0, "sleeping");
		expect(ec_hits() > 0, "0x%04x was not written", rows[i].address);
		ec_works();
		but[0] = rows[i].address;
		but[1] = rows[i].follows;
		expect_as_before(but);
		if (test_failed)
			printf("# ... as 0x%04x can't be written\n", rows[i].address);
	}
}

static void remove_console(void)
{
	int fd = open("/dev/tty0", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	ioctl(fd, VT_DISALLOCATE, SLEEP_CONSOLE);
	close(fd);
}

int main(int count, char **args)
{
	static const struct test_case cases[] = {
		{ "without the driver the laptop forgets", test_forgets },
		{ "the freezing of tasks is nothing to it", test_freezer },
		{ "its devices go to sleep", test_devices },
		{ "the firmware goes to sleep", test_platform },
		{ "a laptop that forgets some things has them again", test_sleep_some },
		{ "a laptop that forgets everything has it again", test_sleep_all },
		{ "the fans are driven as before", test_fan_files },
		{ "what a key changed outlasts it", test_keys_choice },
		{ "a controller that fails keeps nobody awake, nor asleep", test_all_fails },
		{ "what can't be read before it is restored from when it was set", test_saving_fails },
		{ "what can't be written after it keeps nothing else back", test_restoring_fails },
	};
	int failed;

	if (count > 1)
		times = atoi(args[1]);
	really = count > 2;
	failed = RUN_CASES(cases);
	begin_anew();
	remove_console();
	return failed;
}
