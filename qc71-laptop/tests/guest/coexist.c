// SPDX-License-Identifier: GPL-2.0-only
/*
 * Together with the kernel's own uniwill-laptop, on a machine that both know:
 * from 6.19 on ours steps back, unless it is told to take over, and even then
 * not while the other has the controller.
 *
 * Where the other is among the guest's modules it was loaded before ours.
 */
#include "again.h"

#define OTHER		"uniwill_laptop"
#define OTHER_FILE	"/modules/" OTHER ".ko"
#define BY_THE_OTHER	0x80

static bool other_is_loaded(void)
{
	return exists("/sys/module/" OTHER "/initstate");
}

/* Accesses through the WMI device, which is ours; the other's come through INOU0000. */
static int accesses_of_ours(void)
{
	struct request request;
	int ours = 0;

	for_each_request(request)
		ours += !(request.kind & BY_THE_OTHER);
	return ours;
}

/* The file of that name in the folder of the hwmon device that has this name. */
static long long hwmon_of(const char *device, const char *file)
{
	char path[512], text[64];
	struct dirent *entry;
	DIR *dir = opendir("/sys/class/hwmon");
	long long number = NO_NUMBER;

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/class/hwmon/%s/name", entry->d_name);
		if (read_text(path, text, sizeof(text)) < 0 || strcmp(text, device))
			continue;
		snprintf(path, sizeof(path), "/sys/class/hwmon/%s/%s", entry->d_name, file);
		if (read_text(path, text, sizeof(text)) >= 0)
			number = atoll(text);
	}
	if (dir)
		closedir(dir);
	return number;
}

static void expect_nothing_of_ours(void)
{
	expect(!is_loaded(), "it is loaded");
	expect(!exists(DEVICE), "there is a platform device");
	expect(!exists("/sys/bus/wmi/drivers/qc71_laptop"), "there is a driver of the controller");
	expect(!exists("/sys/bus/wmi/drivers/qc71_laptop_events"), "there is a driver of the events");
	expect_is(accesses_of_ours(), 0, "accesses through the WMI device");
}

static void begin(bool with_other)
{
	ec_works();
	unload();
	if (other_is_loaded())
		expect_is(unload_module(OTHER), 0, "unloading the other");
	ec_reset();
	if (with_other)
		expect_is(load_module(OTHER, ""), 0, "loading the other");
}

static void test_steps_back(void)
{
	begin(false);
	if (!kernel_has_other()) {
		expect_is(load_with(""), 0, "loading on a kernel that has no other driver");
		expect(exists(DEVICE), "there is no platform device");
		expect_is(unload(), 0, "unloading");
		return;
	}
	expect_is(load_with(""), -ENODEV, "loading");
	expect_nothing_of_ours();
	expect_is(load_with("force=1"), -ENODEV, "loading by force");
	expect_nothing_of_ours();
	expect_is(load_with("takeover=0"), -ENODEV, "loading without taking over");
	expect_nothing_of_ours();
}

static void test_takes_over(void)
{
	begin(false);
	expect_is(load_with("takeover=1"), 0, "loading");
	expect_is(number_of("hwmon/temp1_input"), 45000, "the temperature");
	expect_is(set("manual_control", "1"), 0, "manual control");
	expect_is(ec_peek(0x0741), 1, "manual control");
	expect_is(unload(), 0, "unloading");
	expect_is(ec_peek(0x0741), 0, "manual control");
}

static void test_other_works(void)
{
	if (!exists(OTHER_FILE))
		skip("the kernel's own driver is not among the guest's modules");
	begin(true);
	expect_is(hwmon_of("uniwill", "temp1_input"), 45000, "the temperature");
	expect_is(ec_peek(0x0741) & 1, 1, "manual control");
	expect_is(accesses_of_ours(), 0, "accesses through the WMI device");
}

static void test_other_is_first(void)
{
	static const char *const words[] = { "takeover=1", "", "takeover=1 force=1" };
	int i;

	if (!exists(OTHER_FILE))
		skip("the kernel's own driver is not among the guest's modules");
	begin(true);
	for (i = 0; i < 9; i++) {
		expect_is(load_with(words[i % 3]), i % 3 == 1 ? -ENODEV : -EBUSY, words[i % 3]);
		expect_nothing_of_ours();
		expect_is(hwmon_of("uniwill", "temp1_input"), 45000, "the temperature");
		expect_is(ec_peek(0x0741) & 1, 1, "manual control");
	}
	/* And it takes over when the other has gone. */
	expect_is(unload_module(OTHER), 0, "unloading the other");
	expect_is(load_with("takeover=1"), 0, "loading");
	expect_is(number_of("hwmon/temp1_input"), 45000, "the temperature");
	expect_is(unload(), 0, "unloading");
}

/* One or the other has the controller, but not both. */
static void test_other_is_second(void)
{
	bool other, ours;

	if (!exists(OTHER_FILE))
		skip("the kernel's own driver is not among the guest's modules");
	begin(false);
	expect_is(load_with("takeover=1"), 0, "loading");
	load_module(OTHER, "");
	other = hwmon_of("uniwill", "temp1_input") != NO_NUMBER;
	ours = has("manual_control");
	expect(!(other && ours), "two drivers have the controller");
	expect_is(number_of("hwmon/temp1_input"), 45000, "the temperature");
	if (other_is_loaded())
		expect_is(unload_module(OTHER), 0, "unloading the other");
	expect_is(number_of("hwmon/temp1_input"), 45000, "the temperature");
	expect_is(unload(), 0, "unloading");
}

int main(void)
{
	static const struct test_case cases[] = {
		{ "it steps back where the kernel has a driver", test_steps_back },
		{ "it takes over where it is told to", test_takes_over },
		{ "the other works on the same laptop", test_other_works },
		{ "the other is first", test_other_is_first },
		{ "the other is second", test_other_is_second },
	};
	bool with_other = other_is_loaded();
	int failed = RUN_CASES(cases);

	/* The other's devices would come again with other numbers, and be taken for ours. */
	begin(false);
	if (!with_other)
		load_with("takeover=1");
	return failed;
}
