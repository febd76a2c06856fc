// SPDX-License-Identifier: GPL-2.0-only
/* The light of the keyboard, of one colour or of any. */
#include "again.h"

#define WHITE	"leds/" MODULE "::kbd_backlight/"
#define RGB	"leds/rgb:kbd_backlight/"
#define KBD	0x078C
#define OWNER	0x0782
#define RGB_MAX	50

static const unsigned int color_at[] = { 0x1803, 0x1805, 0x1808 };

static bool is_rgb_machine(void)
{
	return machine_is("product_name", "HERO-RPL-RTX") || machine_is("product_name", "CREA15-A8-RTX");
}

/* What others have if the keyboard says that it is white. */
static bool may_be_white(void)
{
	return machine_is("board_vendor", "SLIMBOOK") && !is_rgb_machine();
}

/* How the keyboard really shines. */
static unsigned int level(void)
{
	return ec_light() >> 24;
}

static unsigned int color(void)
{
	return ec_light() & 0xFFFFFF;
}

/* What a worker of the kernel's does last is to set blue. */
static void set_and_wait(const char *file, const char *text)
{
	ec_poke(color_at[2], 0xEE);
	expect_is(set(file, text), 0, text);
	expect(soon(ec_peek(color_at[2]) != 0xEE), "%s has no effect", text);
}

static void set_colors(const char *colors)
{
	set_and_wait(RGB "multi_intensity", colors);
}

static void set_brightness(int brightness)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", brightness);
	set_and_wait(RGB "brightness", text);
}

static void light_fully(void)
{
	set_brightness(255);
	set_colors("255 255 255");
	expect_soon(color(), 0x323232, "the colour");
	wait_for_quiet();
}

static unsigned int scaled(unsigned int value, unsigned int max)
{
	return (2 * value * max + 255) / 510;
}

static void load_with_registers(unsigned int project, unsigned int kbd, unsigned int support)
{
	switch_on();
	ec_poke(0x0740, project);
	ec_poke(KBD, kbd);
	ec_poke(0x0766, support);
	log_clear();
	expect_is(load_again(), 0, "loading");
}

/* ---- A keyboard of any colour ---- */

static void is_taken_from_the_controller(void)
{
	int data = 0;

	if (!is_rgb_machine())
		skip("no such keyboard");
	load_with_registers(0x0F, 0x4C, 0x05);
	expect_is(ec_peek(OWNER), 0x40, "0x0782");
	expect_is(log_writes(KBD, &data), 1, "the number of writes of 0x078C");
	expect_is(data & 0x1F, 0x1C, "what was written there");
	expect_text(RGB "multi_index", "red green blue");
	expect(has(RGB "max_brightness"), "there is no LED");
	expect(!has(WHITE "brightness"), "there is another LED");
	/* What it was is what it is. */
	expect_is(color(), 0x323232, "the colour");
	expect_text(RGB "multi_intensity", "255 255 255");
	unload();
	expect_is(color(), 0x323232, "the colour, unloaded");
	ec_poke(OWNER, 0x9F);
	expect_is(load_again(), 0, "loading");
	expect_is(ec_peek(OWNER), 0xDF, "0x0782 with other bits");
}

static void has_any_color(void)
{
	static const unsigned int values[] = { 0, 1, 2, 3, 5, 6, 51, 127, 128, 200, 252, 253, 254, 255 };
	unsigned int i, c, want[3];
	char text[64];

	if (!is_rgb_machine())
		skip("no such keyboard");
	set_brightness(255);
	for (i = 0; i < COUNT(values); i++) {
		for (c = 0; c < 3; c++)
			want[c] = c == i % 3 ? values[i] : 255 - values[i];
		snprintf(text, sizeof(text), "%u %u %u", want[0], want[1], want[2]);
		set_colors(text);
		for (c = 0; c < 3; c++)
			expect_soon(ec_peek(color_at[c]), scaled(want[c], RGB_MAX), "the register of a colour");
		expect_soon(color(), scaled(want[0], RGB_MAX) << 16 | scaled(want[1], RGB_MAX) << 8 |
			    scaled(want[2], RGB_MAX), "the colour");
		expect_text(RGB "multi_intensity", text);
	}
}

static void has_any_brightness(void)
{
	static const int values[] = { 255, 128, 1, 254, 0, 64, 0, 200 };
	unsigned int i, c;

	if (!is_rgb_machine())
		skip("no such keyboard");
	light_fully();
	for (i = 0; i < COUNT(values); i++) {
		set_brightness(values[i]);
		for (c = 0; c < 3; c++)
			expect_soon(ec_peek(color_at[c]), scaled(values[i], RGB_MAX), "the register of a colour");
		/* What is less than the controller's least is dark, and may be told as either. */
		if (!values[i] || scaled(values[i], RGB_MAX))
			expect_soon(number_of(RGB "brightness"), values[i], "brightness");
	}
	/* More than all is all. */
	set_brightness(300);
	expect_soon(ec_peek(color_at[0]), RGB_MAX, "the register of red");
	/* A colour keeps its tone. */
	set_colors("255 102 0");
	set_brightness(128);
	expect_soon(ec_peek(color_at[0]), 25, "red of half a brightness");
	expect_soon(ec_peek(color_at[1]), 10, "green of half a brightness");
	expect_soon(ec_peek(color_at[2]), 0, "blue of half a brightness");
}

static void tells_what_the_controller_has(void)
{
	unsigned int c;

	if (!is_rgb_machine())
		skip("no such keyboard");
	light_fully();
	/* Bits of other things are no light, and no darkness. */
	ec_poke(KBD, 0xEF);
	ec_poke(OWNER, 0xFF);
	expect_is(number_of(RGB "brightness"), 255, "brightness with other bits set");
	ec_poke(KBD, 0x00);
	ec_poke(OWNER, 0x40);
	expect_is(number_of(RGB "brightness"), 255, "brightness without other bits");
	for (c = 0; c < 3; c++)
		ec_poke(color_at[c], 0);
	expect_is(number_of(RGB "brightness"), 0, "brightness in the dark");
	for (c = 0; c < 3; c++)
		ec_poke(color_at[c], RGB_MAX);
	expect_is(number_of(RGB "brightness"), 255, "brightness again");
}

static void takes_no_wrong_colors(void)
{
	static const char *const wrong[] = { "1 2", "1 2 3 4", "a b c", "\n", "255", "1 2 x" };
	static const char *const much[] = { "256 256 256", "300 300 300", "4294967295 4294967295 4294967295" };
	unsigned int i, c;

	if (!is_rgb_machine())
		skip("no such keyboard");
	light_fully();
	log_clear();
	for (i = 0; i < COUNT(wrong); i++)
		expect_is(set(RGB "multi_intensity", wrong[i]), -EINVAL, wrong[i]);
	wait_for_quiet();
	expect_is(ec_writes(), 0, "the number of writes");
	expect_text(RGB "multi_intensity", "255 255 255");
	/* Refused, or taken for all; but not cut to another number. */
	for (i = 0; i < COUNT(much); i++) {
		ec_poke(color_at[2], 0xEE);
		if (set(RGB "multi_intensity", much[i]))
			ec_poke(color_at[2], RGB_MAX);
		for (c = 0; c < 3; c++)
			expect_soon(ec_peek(color_at[c]), RGB_MAX, much[i]);
	}
	set_colors("255 255 255");
}

/* The controller says what its full value is. */
static void heeds_the_full_value(void)
{
	static const struct { unsigned int is, max; } values[] = { { 36, 36 }, { 200, 200 }, { 255, 255 }, { 0, RGB_MAX } };
	unsigned int i;

	if (!is_rgb_machine())
		skip("no such keyboard");
	for (i = 0; i < COUNT(values); i++) {
		unload();
		ec_poke(0x1801, values[i].is);
		expect_is(load_again(), 0, "loading");
		set_colors("255 128 0");
		set_brightness(255);
		expect_soon(ec_peek(color_at[0]), values[i].max, "red");
		expect_soon(ec_peek(color_at[1]), scaled(128, values[i].max), "green");
		expect_soon(ec_peek(color_at[2]), 0, "blue");
	}
	begin_anew();
}

static void sees_changes_of_color(void)
{
	static const unsigned int codes[] = { 0xF0, 0xB3, 0xB4, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F };
	unsigned int i, c;
	int fd;

	if (!is_rgb_machine() || !has_events() || !has(RGB "brightness_hw_changed"))
		skip("no such keyboard, or no events");
	light_fully();
	for (i = 0; i < COUNT(codes); i++) {
		fd = watch(file_of(RGB "brightness_hw_changed"));
		for (c = 0; c < 3; c++)
			ec_poke(color_at[c], i & 1 ? RGB_MAX : 0);
		ec_event(codes[i]);
		expect(watch_woken(fd, PATIENCE_MS), "who watches is not told of 0x%02x", codes[i]);
		expect_is(number_of(RGB "brightness_hw_changed"), i & 1 ? 255 : 0, "brightness_hw_changed");
	}
}

/* ---- A keyboard of one colour ---- */

static void is_there_if_white(void)
{
	static const struct { unsigned int project, kbd; bool white; } machines[] = {
		{ 0x0F, 0x40, false }, { 0x0F, 0x41, true }, { 0x09, 0x40, true }, { 0x0D, 0x40, false },
		{ 0x0E, 0x40, true }, { 0x11, 0x40, false }, { 0x12, 0x40, true }, { 0x18, 0x40, true },
	};
	unsigned int i;

	for (i = 0; i < COUNT(machines); i++) {
		load_with_registers(machines[i].project, machines[i].kbd, 0x05);
		expect_is(has(WHITE "brightness"), machines[i].white && may_be_white(), "the presence of a white light");
		expect_is(has(RGB "brightness"), is_rgb_machine(), "the presence of a coloured light");
	}
}

static void check_levels(int max)
{
	static const unsigned int others[] = { 0x01, 0x0D, 0x05 };
	unsigned int i;
	int want, data = 0;

	expect_is(number_of(WHITE "max_brightness"), max, "max_brightness");
	for (i = 0; i < 3; i++) {
		for (want = 0; want <= max; want++) {
			ec_poke(KBD, others[i] | (want ? 0 : 0x20 * max));
			log_clear();
			expect_is(set_number(WHITE "brightness", want), 0, "setting the brightness");
			expect_soon(log_writes(KBD, &data), 1, "the number of writes");
			expect_is(data & 0x1D, 0x10 | others[i], "the other bits that were written");
			expect_soon(level(), want, "the light");
			expect_is(ec_peek(KBD) & 0x0D, others[i], "the other bits");
			expect_is(ec_writes(), 1, "the number of writes of any register");
			expect_is(number_of(WHITE "brightness"), want, "brightness");
		}
	}
	/* What the controller set, whatever else is there. */
	for (want = 0; want <= max; want++) {
		ec_poke(KBD, want << 5 | 0x0D);
		expect_is(number_of(WHITE "brightness"), want, "brightness with other bits set");
		ec_poke(KBD, want << 5 | 0x01);
		expect_is(number_of(WHITE "brightness"), want, "brightness without other bits");
		ec_poke(KBD, want << 5 | 0x03);
		expect_is(number_of(WHITE "brightness"), 0, "brightness with the light off");
	}
	/* It can't be brighter than it can be. */
	ec_poke(KBD, 0xE1);
	expect_is(number_of(WHITE "brightness"), max, "brightness of too high a level");
	set(WHITE "brightness", "0");
	expect_soon(level(), 0, "the light");
	set(WHITE "brightness", "255");
	expect_soon(level(), max, "the light at more than all");
	/* Off by its bit, it can be lit. */
	ec_poke(KBD, 0x43);
	set(WHITE "brightness", "1");
	expect_soon(ec_peek(KBD), 0x21, "0x078C");
	wait_for_quiet();
	log_clear();
	expect(set(WHITE "brightness", "-1") < 0, "less than nothing is taken");
	expect(set(WHITE "brightness", "x") < 0, "a letter is taken");
	wait_for_quiet();
	expect_is(ec_writes(), 0, "the number of writes");
}

static void has_three_levels(void)
{
	if (!may_be_white())
		skip("no such keyboard");
	load_with_registers(0x09, 0x41, 0x05);
	check_levels(2);
}

static void has_five_levels(void)
{
	if (!may_be_white())
		skip("no such keyboard");
	load_with_registers(0x09, 0x41, 0x25);
	check_levels(4);
	unload();
	expect_is(level(), 1, "the light, unloaded");
	load_again();
}

static void sees_changes_of_level(void)
{
	static const unsigned int codes[] = { 0x3B, 0x3C, 0x3D, 0x3E, 0x3F, 0xF0, 0xB3, 0xB4 };
	unsigned int i;
	int fd;

	if (!may_be_white() || !has_events() || !has(WHITE "brightness_hw_changed"))
		skip("no such keyboard, or no events");
	for (i = 0; i < COUNT(codes); i++) {
		fd = watch(file_of(WHITE "brightness_hw_changed"));
		ec_poke(KBD, (i % 5) << 5 | 0x0D);
		log_clear();
		ec_event(codes[i]);
		expect(watch_woken(fd, PATIENCE_MS), "who watches is not told of 0x%02x", codes[i]);
		expect_is(number_of(WHITE "brightness_hw_changed"), i % 5, "brightness_hw_changed");
		expect_is(number_of(WHITE "brightness"), i % 5, "brightness");
		expect_is(ec_writes(), 0, "the number of writes");
	}
}

/* The kernel drives the light from where nobody may sleep: it is lit while the battery is full. */
static void obeys_a_trigger(void)
{
	const char *trigger = is_rgb_machine() ? RGB "trigger" : WHITE "trigger";
	const char *brightness = is_rgb_machine() ? RGB "brightness" : WHITE "brightness";
	long long max;
	int round;

	if (!is_rgb_machine() && !may_be_white())
		skip("no light");
	max = is_rgb_machine() ? 255 : number_of(WHITE "max_brightness");
	if (is_rgb_machine())
		set_colors("255 255 255");
	if (set(trigger, "BAT0-full"))
		skip("no trigger");
	for (round = 1; round <= 3; round++) {
		fill_battery(round & 1);
		expect_soon(number_of(brightness), round & 1 ? max : 0, "brightness, by charge");
		if (is_rgb_machine())
			expect_soon(color(), round & 1 ? 0x323232 : 0, "the colour, by charge");
		else
			expect_soon(level(), round & 1 ? max : 0, "the light, by charge");
	}
	set(trigger, "none");
	wait_for_quiet();
}

static const struct test_case cases[] = {
	{ "a new laptop", begin_anew },
	{ "colours are taken from the controller", is_taken_from_the_controller },
	{ "it has any colour", has_any_color },
	{ "it has any brightness", has_any_brightness },
	{ "it tells what the controller has", tells_what_the_controller_has },
	{ "it takes no wrong colours", takes_no_wrong_colors },
	{ "it heeds what the full value is", heeds_the_full_value },
	{ "it sees changes of the colour", sees_changes_of_color },
	{ "a white keyboard is there if it says so", is_there_if_white },
	{ "it has three levels", has_three_levels },
	{ "it has five levels", has_five_levels },
	{ "it sees changes of the level", sees_changes_of_level },
	{ "it obeys a trigger", obeys_a_trigger },
	{ "and a new laptop again", begin_anew },
};

int main(void)
{
	return RUN_CASES(cases);
}
