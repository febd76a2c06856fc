// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drivers are taken from their devices, and given back, through sysfs: while
 * files are open, in every order, and while the controller fails.  What hangs
 * on the driver goes, and the laptop is its firmware's again.
 */
#include "again.h"

#define PLATFORM	"/sys/bus/platform/drivers/qc71_laptop"
#define WMI		"/sys/bus/wmi/drivers/"
#define EC_DRIVER	WMI "qc71_laptop"
#define EVENT_DRIVER	WMI "qc71_laptop_events"
#define LIGHTBAR	DEVICE "/leds/qc71_laptop::lightbar/"
#define KEY_EVENT	0xB2

/* The name of the device that a driver has: its GUID, on some kernels with a number. */
static bool device_of(const char *driver, char name[256])
{
	return find_entry(driver, "ABBC0F", name);
}

static int tell(const char *driver, const char *what, const char *device)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", driver, what);
	return write_text(path, device);
}

static void expect_works(void)
{
	expect(has("manual_control"), "there are no attributes");
	expect_is(number_of("hwmon/temp1_input"), 45000, "the temperature");
	expect_is(set("manual_control", "1"), 0, "manual control");
	expect_is(ec_peek(0x0741), 1, "manual control");
}

/* The firmware is in charge, and drives the fans. */
static void expect_left(void)
{
	expect_is(ec_peek(0x0741) & 0x01, 0, "manual control");
	expect_is(ec_peek(0x0751) & 0x40, 0, "the boost");
	expect(!has("manual_control"), "there are attributes");
	expect(!exists(DEVICE "/hwmon") && !exists(DEVICE "/input") && !exists(DEVICE "/leds"),
	       "there are devices");
}

static void drive_by_hand(void)
{
	expect_is(set("manual_control", "1"), 0, "manual control");
	if (!has("hwmon/pwm1"))
		return;
	expect_is(set("hwmon/pwm1_enable", "1"), 0, "pwm1_enable");
	expect_is(set("hwmon/pwm1", "90"), 0, "pwm1");
	expect_is(ec_peek(0x0751) & 0x40, 0x40, "the boost");
}

/* ---- Files that are open meanwhile ---- */

static int files[16];
static int open_files;

static void hold(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		files[open_files++] = fd;
}

static void hold_all(void)
{
	open_files = 0;
	hold(file_of("manual_control"), O_RDWR);
	hold(file_of("super_key_lock"), O_RDWR);
	hold(file_of("hwmon/temp1_input"), O_RDONLY);
	hold(file_of("hwmon/fan1_input"), O_RDONLY);
	hold(file_of("hwmon/pwm1_enable"), O_RDWR);
	hold(LIGHTBAR "brightness", O_RDWR);
	hold(LIGHTBAR "multi_intensity", O_RDWR);
	hold(LIGHTBAR "rainbow_mode", O_RDWR);
	hold(keys_node(), O_RDONLY);
	expect(open_files >= 4, "only %d files could be opened", open_files);
}

/* None gives data, or takes any, once what it belongs to is gone. */
static void expect_dead(void)
{
	char text[64];
	int i;

	for (i = 0; i < open_files; i++)
		expect(read(files[i], text, sizeof(text)) < 0 && errno == ENODEV, "the file %d of %d can be read", i, open_files);
	for (i = 0; i < open_files; i++) {
		expect(write(files[i], "1", 1) < 0, "the file %d of %d can be written", i, open_files);
		close(files[i]);
	}
}

/* ---- Cases ---- */

static void test_platform(void)
{
	int i;

	begin_anew();
	for (i = 0; i < 5 && !test_failed; i++) {
		drive_by_hand();
		hold_all();
		expect_is(tell(PLATFORM, "unbind", MODULE), 0, "unbinding");
		expect_left();
		ec_event(KEY_EVENT);
		ec_event(0xAB);
		wait_ms(50);
		expect_dead();
		expect_is(tell(PLATFORM, "bind", MODULE), 0, "binding");
		expect_works();
	}
	expect_is(tell(PLATFORM, "unbind", MODULE), 0, "unbinding");
	expect_is(unload(), 0, "unloading what is not bound");
}

static void test_controller(void)
{
	char name[256];
	int i;

	begin_anew();
	if (!device_of(EC_DRIVER, name)) {
		expect(false, "the driver has no device");
		return;
	}
	for (i = 0; i < 5 && !test_failed; i++) {
		drive_by_hand();
		hold_all();
		expect_is(tell(EC_DRIVER, "unbind", name), 0, "unbinding");
		expect(!exists(DEVICE), "the platform device is there");
		expect_left();
		ec_event(KEY_EVENT);
		wait_ms(50);
		expect_dead();
		expect_is(tell(EC_DRIVER, "bind", name), 0, "binding");
		expect_works();
	}
	expect_is(tell(PLATFORM, "unbind", MODULE), 0, "unbinding the platform device");
	expect_is(tell(EC_DRIVER, "unbind", name), 0, "and then the controller");
	expect(!exists(DEVICE), "the platform device is there");
	expect_is(tell(EC_DRIVER, "bind", name), 0, "binding");
	expect_works();
	expect_is(tell(EC_DRIVER, "unbind", name), 0, "unbinding");
	expect_is(unload(), 0, "unloading what is not bound");
}

/* How many presses and releases came, one read's worth; waits long for some, and a little for none. */
static int keys_of(unsigned int code, bool some)
{
	char events[24 * 64];
	int fd = open_keys();
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int got;

	if (fd < 0)
		return -errno;
	ec_event(code);
	poll(&wait, 1, some ? PATIENCE_MS : 500);
	got = read(fd, events, sizeof(events));
	close(fd);
	return got < 0 ? 0 : got / 24;
}

static void test_events(void)
{
	char name[256];
	int i;

	begin_anew();
	if (!device_of(EVENT_DRIVER, name))
		skip("the firmware reports no keys");
	expect(keys_of(KEY_EVENT, true) > 0, "a key does nothing");
	for (i = 0; i < 3 && !test_failed; i++) {
		expect_is(tell(EVENT_DRIVER, "unbind", name), 0, "unbinding");
		expect_works();
		expect_is(keys_of(KEY_EVENT, false), 0, "what comes of a key");
		bench_call("\\_SB.QCEM.EVTZ", 0);
		expect_is(tell(EVENT_DRIVER, "bind", name), 0, "binding");
		expect(keys_of(KEY_EVENT, true) > 0, "a key does nothing");
	}
	ec_event(KEY_EVENT);
	expect_is(tell(EVENT_DRIVER, "unbind", name), 0, "unbinding while a key is on its way");
	expect_is(unload(), 0, "unloading without it");
}

static void test_failing(void)
{
	char name[256];

	begin_anew();
	drive_by_hand();
	ec_fault(FAULT_FE, 0xFFFF, ANYWHERE, OF_BOTH);
	expect_is(tell(PLATFORM, "unbind", MODULE), 0, "unbinding");
	expect(!has("manual_control"), "there are attributes");
	if (tell(PLATFORM, "bind", MODULE) == 0)
		expect_is(tell(PLATFORM, "unbind", MODULE), 0, "unbinding");
	expect(!exists(DEVICE "/hwmon"), "there are devices");
	ec_works();
	expect_is(tell(PLATFORM, "bind", MODULE), 0, "binding");
	expect_works();
	expect_is(tell(PLATFORM, "unbind", MODULE), 0, "unbinding");
	expect_left();
	expect_is(tell(PLATFORM, "bind", MODULE), 0, "binding");

	if (!device_of(EC_DRIVER, name))
		return;
	ec_fault(FAULT_EXCEPTION, 0xFFFF, ANYWHERE, OF_BOTH);
	expect_is(tell(EC_DRIVER, "unbind", name), 0, "unbinding the controller");
	expect(!exists(DEVICE), "the platform device is there");
	tell(EC_DRIVER, "bind", name);
	ec_works();
	tell(EC_DRIVER, "unbind", name);
	expect_is(tell(EC_DRIVER, "bind", name), 0, "binding the controller");
	expect_works();
}

/* What somebody has loaded by hand leaves no trace for the one that comes next. */
static void test_clean(void)
{
	begin_anew();
	drive_by_hand();
	expect_is(unload(), 0, "unloading");
	expect_is(ec_peek(0x0741) & 0x01, 0, "manual control");
	expect_is(ec_peek(0x0751) & 0x40, 0, "the boost");
	expect(!exists(DEVICE) && !exists(PLATFORM) && !exists(EC_DRIVER) && !exists(EVENT_DRIVER),
	       "there are devices, or drivers");
	expect_is(load_again(), 0, "loading");
	expect_works();
}

int main(void)
{
	static const struct test_case cases[] = {
		{ "the platform device is taken and given back", test_platform },
		{ "the controller is taken and given back", test_controller },
		{ "the events are taken and given back", test_events },
		{ "so they are while the controller fails", test_failing },
		{ "nothing stays of it", test_clean },
	};
	int failed = RUN_CASES(cases);

	begin_anew();
	return failed;
}
