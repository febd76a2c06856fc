// SPDX-License-Identifier: GPL-2.0-only
/* What the driver offers on this machine: exactly what its model has. */
#include <linux/input.h>
#include <sys/ioctl.h>

#include "again.h"

#define ALWAYS	" manual_control" \
		" hwmon/fan1_input hwmon/fan2_input hwmon/fan1_label hwmon/fan2_label" \
		" hwmon/temp1_input hwmon/temp2_input hwmon/temp1_label hwmon/temp2_label "
/* What the virtual laptop's controller reports. */
#define SUPER	"super_key_lock "
#define ASKED	SUPER "leds/qc71_laptop::lightbar "
#define PWM	"hwmon/pwm1 hwmon/pwm2 hwmon/pwm1_enable "
#define FN_LOCK	"fn_lock fn_lock_switch "
#define TWO	ALWAYS ASKED PWM "silent_mode performance_mode "
#define THREE	TWO "turbo_mode "
#define RGB	"leds/rgb:kbd_backlight "
#define POWER	"custom_tdp custom_mode "
#define EXTRAS	"fan_always_on fan_reduced_duty_cycle "
#define BOARD	ALWAYS ASKED PWM FN_LOCK EXTRAS

struct model {
	const char *file;	/* of /sys/class/dmi/id */
	const char *text;
	const char *has;
	const char *profiles;
	bool limit;
	bool shared;		/* with the driver that newer kernels have themselves */
};

static const struct model models[] = {
	{ "product_name", "PROX-AMD", TWO FN_LOCK, "low-power balanced" },
	{ "product_name", "PROX15-AMD", TWO FN_LOCK, "low-power balanced" },
	{ "product_name", "PROX-AMD5", TWO FN_LOCK, "low-power balanced" },
	{ "product_name", "PROX15-AMD5", TWO FN_LOCK, "low-power balanced" },
	{ "product_name", "Executive", TWO FN_LOCK, "low-power balanced" },
	{ "product_name", "EXECUTIVE-14", TWO FN_LOCK, "low-power balanced" },
	{ "product_name", "Executive-14-UC2", TWO FN_LOCK, "low-power balanced" },
	{ "product_name", "TITAN", THREE, "low-power balanced performance" },
	{ "product_name", "HERO-RPL-RTX", THREE RGB, "low-power balanced performance" },
	{ "product_name", "EVO14-A8", THREE POWER, "low-power balanced performance" },
	{ "product_name", "EVO15-A8", THREE POWER, "low-power balanced performance" },
	{ "product_name", "EVO14-AI9-STP", THREE POWER, "low-power balanced performance" },
	{ "product_name", "EVO15-AI9-STP", THREE POWER, "low-power balanced performance" },
	{ "product_name", "CREA15-A8-RTX", THREE POWER RGB, "low-power balanced performance" },
	{ "product_name", "CREA15-AI9-RTX5", THREE POWER, "low-power balanced performance" },
	{ "board_name", "LAPQC71A", BOARD, NULL, true, true },
	{ "board_name", "LAPQC71B", BOARD, NULL, true, true },
	{ "board_name", "LAPQC71C", BOARD, NULL, true },
	{ "product_name", "A60 MUV", BOARD, NULL, true },
	{ "product_name", "LAPAC71H", ALWAYS SUPER PWM FN_LOCK, NULL, true, true },
	{ "product_name", "LAPKC71F", ALWAYS ASKED PWM FN_LOCK, NULL, true, true },
	{ "product_name", "LAPKC71E", ALWAYS SUPER PWM FN_LOCK, NULL },
	/* Forced: only what can't hurt. */
	{ "product_name", "Rocket", ALWAYS ASKED "silent_mode ", NULL },
};

static const struct model *model;

static bool find_model(void)
{
	for (model = models; model < models + COUNT(models); model++)
		if (machine_is(model->file, model->text))
			return true;
	return false;
}

/* Is this a word of the list? */
static bool is_in(const char *list, const char *name)
{
	size_t length = strlen(name);
	const char *at = list;

	while ((at = strstr(at, name))) {
		if ((at == list || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
			return true;
		at += length;
	}
	return false;
}

static void has_all(void)
{
	char list[1024], *rest = list, *name;

	snprintf(list, sizeof(list), "%s", model->has);
	while ((name = strsep(&rest, " ")))
		expect(!*name || has(name), "%s is missing", name);
}

/* Every file of a folder's has to be in one of two lists. */
static void nothing_else_in(const char *prefix, const char *usual)
{
	char path[512], name[300];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s", file_of(*prefix ? prefix : "."));
	dir = opendir(path);
	expect(dir, "%s can't be opened", path);
	while (dir && (entry = readdir(dir))) {
		snprintf(name, sizeof(name), "%s%s", prefix, entry->d_name);
		expect(entry->d_name[0] == '.' || is_in(usual, entry->d_name) || is_in(model->has, name),
		       "%s is not of this model", name);
	}
	if (dir)
		closedir(dir);
}

static void has_no_more(void)
{
	nothing_else_in("", "driver driver_override modalias power subsystem uevent hwmon input leds "
			    "platform-profile waiting_for_supplier");
	nothing_else_in("hwmon/", "name device power subsystem uevent");
	if (strstr(model->has, "leds/"))
		nothing_else_in("leds/", "");
	else
		expect(!has("leds"), "there is a light that is not of this model");
}

/* Of files that were written to, the mode counts: only the owner may write, and all may read. */
static void modes(void)
{
	static const char *const read_only[] = { "hwmon/fan1_input", "hwmon/temp1_input", "hwmon/temp1_label" };
	char list[1024], *rest = list, *name;
	struct stat status;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		expect(!stat(file_of(read_only[i]), &status), "%s is missing", read_only[i]);
		expect_is(status.st_mode & 07777, 0444, read_only[i]);
	}
	snprintf(list, sizeof(list), "%s", model->has);
	while ((name = strsep(&rest, " "))) {
		if (!*name || stat(file_of(name), &status) || !S_ISREG(status.st_mode) ||
		    strstr(name, "_input") || strstr(name, "_label"))
			continue;
		expect_is(status.st_mode & 07777, 0644, name);
	}
}

static void limit(void)
{
	long long here;
	bool battery = !bench_try(&here, "\\_SB.BAT0.HERE", 0);

	expect_is(exists("/sys/class/power_supply/BAT0"), battery, "the battery");
	expect_is(exists("/sys/class/power_supply/BAT0/charge_control_end_threshold"),
		  battery && model->limit, "its limit");
}

static void profiles(void)
{
	char text[256];

	read_text("/sys/firmware/acpi/platform_profile_choices", text, sizeof(text));
	if (!kernel_is_at_least(5, 12))
		skip("there are none before 5.12");
	expect(!strcmp(text, model->profiles ?: ""), "the profiles are \"%s\", not \"%s\"", text,
	       model->profiles ?: "none");
}

/* What programs of the maker's read has to be a number, and is the controller's. */
static void paths_parse(void)
{
	static const char *const numbers[] = {
		"manual_control", "fn_lock", "super_key_lock", "silent_mode", "turbo_mode",
		"performance_mode", "custom_mode", "hwmon/fan1_input", "hwmon/fan2_input",
		"leds/rgb:kbd_backlight/brightness", "leds/rgb:kbd_backlight/max_brightness",
	};
	int pl[3] = { 0 };
	char text[64];
	unsigned int i;
	char more;

	for (i = 0; i < COUNT(numbers); i++)
		expect(!has(numbers[i]) || number_of(numbers[i]) >= 0, "%s is no number", numbers[i]);
	expect_is(number_of("hwmon/fan1_input"), ec_peek(0x0464) << 8 | ec_peek(0x0465), "fan1_input");
	expect_is(number_of("manual_control"), ec_peek(0x0741) & 1, "manual_control");
	if (has("custom_tdp")) {
		read_text(file_of("custom_tdp"), text, sizeof(text));
		expect(sscanf(text, "%d %d %d%c", &pl[0], &pl[1], &pl[2], &more) == 3,
		       "custom_tdp is \"%s\"", text);
		for (i = 0; i < 3; i++)
			expect_is(pl[i], ec_peek(0x0783 + i), "a limit of power");
	}
	if (has("leds/rgb:kbd_backlight")) {
		expect(exists("/sys/class/leds/rgb:kbd_backlight/multi_intensity"), "no colours");
		read_text("/sys/class/leds/rgb:kbd_backlight/multi_index", text, sizeof(text));
		expect(!strcmp(text, "red green blue"), "the colours are \"%s\"", text);
	}
	if (has("leds/qc71_laptop::lightbar")) {
		expect(has("leds/qc71_laptop::lightbar/rainbow_mode"), "no rainbow");
		expect(has("leds/qc71_laptop::lightbar/color"), "no colour");
		expect(has("leds/qc71_laptop::lightbar/brightness_s3"), "no light asleep");
		read_text(file_of("leds/qc71_laptop::lightbar/max_brightness"), text, sizeof(text));
		expect_is(atoi(text), strcmp(model->text, "LAPKC71F") ? 36 : 200, "its scale");
	}
}

/* Its place below the platform device is what names /dev/input/by-path/platform-qc71_laptop-event. */
static void keys(void)
{
	static const int needed[] = { KEY_FN_F2, KEY_FN_F5, KEY_FN_F12, KEY_FN_ESC };
	unsigned char bits[KEY_MAX / 8 + 1] = { 0 };
	char path[400], text[128];
	unsigned int i;
	int fd;

	snprintf(path, sizeof(path), "%s/phys", keys_folder());
	read_text(path, text, sizeof(text));
	expect(!strcmp(text, "qc71_laptop/input0"), "phys is \"%s\"", text);
	fd = open_keys();
	expect(fd >= 0, "%s can't be opened", keys_node());
	expect(ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(bits)), bits) >= 0, "no bits of keys");
	for (i = 0; i < COUNT(needed); i++)
		expect(bits[needed[i] / 8] & 1 << needed[i] % 8, "no key %d", needed[i]);
	close(fd);
}

static int count_in(const char *path, const char *what)
{
	struct dirent *entry;
	int count = 0;
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir)))
		count += !!strstr(entry->d_name, what);
	if (dir)
		closedir(dir);
	return count;
}

/* However many doors the firmware has, the driver goes through one. */
static void once(void)
{
	bool events = !strstr(model->text, "HERO") ||
		      count_in("/sys/bus/wmi/devices", "ABBC0F72") > 0;

	expect_is(count_in("/sys/bus/wmi/drivers/qc71_laptop", "ABBC0F6F"), 1, "the controllers");
	expect_is(count_in("/sys/bus/wmi/drivers/qc71_laptop_events", "ABBC0F72"), events, "the sources of events");
	expect_is(count_in("/sys/bus/platform/devices", MODULE), 1, "the platform devices");
	expect_is(count_in(DEVICE "/hwmon", "hwmon"), 1, "the hwmon devices");
	expect_is(count_in(DEVICE "/input", "input"), 1, "the input devices");
}

/* It comes without being told to, but where another driver does, and where nobody knows the machine. */
static void owner(void)
{
	bool left = !strcmp(model->text, "Rocket") || (model->shared && kernel_has_other());

	if (model->shared && kernel_has_other() && !kernel_is_debians())
		skip("only of Debian's kernels it is known if they have the other driver");
	switch_on();
	expect_is(load_with(""), left ? -ENODEV : 0, "loading without a parameter");
	begin_anew();
}

static const struct test_case cases[] = {
	{ "it has what the model has", has_all },
	{ "and no more", has_no_more },
	{ "only the owner may write", modes },
	{ "the battery's limit", limit },
	{ "the platform's profiles", profiles },
	{ "what programs read is there, and right", paths_parse },
	{ "the keys are where programs look for them", keys },
	{ "all of it is there once", once },
	{ "it comes by itself where no other driver does", owner },
};

int main(void)
{
	if (!find_model()) {
		printf("Bail out! this model is not in the list\n");
		return 1;
	}
	return RUN_CASES(cases);
}
