// SPDX-License-Identifier: GPL-2.0-only
/* The lightbar, which has registers for mains and for battery. */
#include "again.h"

#define BAR	"leds/" MODULE "::lightbar/"
#define AC	0x0748
#define DC	0x07E2
#define S0_OFF	0x04
#define S3_OFF	0x08
#define RAINBOW	0x80

static int full(void)
{
	return machine_is("product_name", "LAPKC71F") ? 200 : 36;
}

static bool has_bar(void)
{
	return has(BAR "brightness");
}

/* What a worker of the kernel's does last is to set a bit in the set for battery. */
static void set_and_wait(const char *file, const char *text)
{
	ec_poke(DC, ec_peek(DC) & ~S3_OFF);
	expect_is(set(file, text), 0, text);
	expect_soon(ec_peek(DC) & S3_OFF, S3_OFF, "the bit for sleep on battery");
}

static void set_colors(const char *colors)
{
	set_and_wait(BAR "multi_intensity", colors);
}

static void set_brightness(int brightness)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", brightness);
	set_and_wait(BAR "brightness", text);
}

/* Of both sets. */
static void expect_colors(int red, int green, int blue)
{
	int wanted[] = { red, green, blue };
	int i;

	for (i = 0; i < 3; i++) {
		expect_soon(ec_peek(AC + 1 + i), wanted[i], "a colour's register for mains");
		expect_soon(ec_peek(DC + 1 + i), wanted[i], "a colour's register for battery");
	}
}

static void light_fully(void)
{
	char text[64];

	ec_poke(AC, 0);
	ec_poke(DC, S3_OFF);
	snprintf(text, sizeof(text), "%d %d %d", full(), full(), full());
	set_brightness(full());
	set_colors(text);
	expect_colors(full(), full(), full());
	wait_for_quiet();
}

/* On Slimbook's the bit says so, on some boards the model does. */
static void is_there_where_it_should_be(void)
{
	bool by_model = !machine_is("board_vendor", "SLIMBOOK") && !machine_is("product_name", "Rocket");

	expect(has_bar(), "there is no lightbar");
	unload();
	ec_poke(0x0765, 0xA0);
	expect_is(load_again(), 0, "loading");
	expect_is(has_bar(), by_model, "the presence of a lightbar, without its bit");
	begin_anew();
	expect_is(number_of(BAR "max_brightness"), full(), "max_brightness");
	expect_text(BAR "multi_index", "red green blue");
}

/* Also one that no driver for this laptop would have written. */
static void begins_with_what_is_there(void)
{
	int max = full();
	char text[64];

	if (!has_bar())
		skip("no lightbar");
	unload();
	ec_poke(AC + 1, max - 1);
	ec_poke(AC + 2, 7);
	ec_poke(AC + 3, 0);
	ec_poke(AC, 0x03);
	log_clear();
	expect_is(load_again(), 0, "loading");
	expect_is(log_writes(AC, NULL) + log_writes(AC + 1, NULL) + log_writes(DC, NULL), 0, "the number of writes");
	snprintf(text, sizeof(text), "%d 7 0", max - 1);
	expect_text(BAR "multi_intensity", text);
	expect(number_of(BAR "brightness") > 0, "the lit lightbar is dark");
	unload();
	expect_is(ec_peek(AC), 0x03, "0x0748, unloaded");
	expect_is(ec_peek(AC + 1), max - 1, "red, unloaded");
	begin_anew();
}

static void has_any_color(void)
{
	int max = full(), value;
	char text[64];

	if (!has_bar())
		skip("no lightbar");
	set_brightness(max);
	for (value = 0; value <= max; value += value && value < max - 6 ? max / 6 : 1) {
		snprintf(text, sizeof(text), "%d %d %d", value, max - value, value / 2);
		set_colors(text);
		expect_colors(value, max - value, value / 2);
		expect_text(BAR "multi_intensity", text);
	}
}

static void has_any_brightness(void)
{
	int max = full(), value;

	if (!has_bar())
		skip("no lightbar");
	light_fully();
	for (value = 1; value <= max; value += value < max - 5 ? max / 6 : 1) {
		set_brightness(value);
		expect_colors(value, value, value);
		expect_soon(number_of(BAR "brightness"), value, "brightness");
		expect_is(ec_peek(AC) & S0_OFF, 0, "the bit for off");
	}
	/* Intensities count, too, and more than all is all. */
	set_brightness(255);
	expect_colors(max, max, max);
	set_brightness(max / 2);
	set_colors("0 0 0");
	expect_colors(0, 0, 0);
}

/* Three digits, from the nearest of all values that the registers may have. */
static void has_a_color_in_digits(void)
{
	int max = full(), value, digit;
	char text[64];

	if (!has_bar())
		skip("no lightbar");
	light_fully();
	for (value = 0; value <= max; value++) {
		digit = (value * 9 + max / 2) / max;
		ec_poke(AC + 1, value);
		ec_poke(AC + 2, max - value);
		snprintf(text, sizeof(text), "%d%d9", digit, ((max - value) * 9 + max / 2) / max);
		expect_text(BAR "color", text);
	}
	for (digit = 0; digit <= 9; digit++) {
		snprintf(text, sizeof(text), "%d%d%d\n", digit, 9 - digit, digit / 2);
		expect_is(set(BAR "color", text), 0, text);
		text[3] = '\0';
		expect_text(BAR "color", text);
		expect_colors((digit * max + 4) / 9, ((9 - digit) * max + 4) / 9, (digit / 2 * max + 4) / 9);
		snprintf(text, sizeof(text), "%d %d %d", (digit * max + 4) / 9, ((9 - digit) * max + 4) / 9,
			 (digit / 2 * max + 4) / 9);
		expect_text(BAR "multi_intensity", text);
	}
	/* As bright as it says, and off if it is off. */
	set_brightness(max / 3);
	expect_is(set(BAR "color", "909"), 0, "setting color");
	expect_colors(max, 0, max);
	expect_is(number_of(BAR "brightness"), max, "brightness");
	set_brightness(0);
	expect_is(set(BAR "color", "090"), 0, "setting color");
	expect_colors(0, max, 0);
	expect_is(number_of(BAR "brightness"), 0, "brightness");
	expect_is(ec_peek(AC) & S0_OFF, S0_OFF, "the bit for off");
	set_brightness(max);
	expect_colors(0, max, 0);
}

static void goes_off(void)
{
	static const unsigned int others[] = { 0x00, 0x03, 0xFB, 0x73 };
	unsigned int i;
	int max = full();

	if (!has_bar())
		skip("no lightbar");
	light_fully();
	for (i = 0; i < COUNT(others); i++) {
		ec_poke(AC, others[i]);
		ec_poke(DC, others[i]);
		set_brightness(0);
		expect_soon(ec_peek(AC), others[i] | S0_OFF, "0x0748, off");
		/* On battery it never breathes. */
		expect_soon(ec_peek(DC), others[i] | S0_OFF | S3_OFF, "0x07E2, off");
		expect_is(number_of(BAR "brightness"), 0, "brightness");
		set_brightness(max);
		expect_soon(ec_peek(AC), others[i], "0x0748, on");
		expect_soon(ec_peek(DC), others[i] | S3_OFF, "0x07E2, on");
		expect_soon(number_of(BAR "brightness"), max, "brightness");
		expect_colors(max, max, max);
	}
}

/* Of eight bits only one is for off. */
static void tells_what_the_controller_has(void)
{
	unsigned int value;
	int max = full();

	if (!has_bar())
		skip("no lightbar");
	light_fully();
	log_clear();
	for (value = 0; value < 0x100; value += value & S0_OFF ? 25 : 4) {
		ec_poke(AC, value);
		expect(number_of(BAR "brightness") == (value & S0_OFF ? 0 : max),
		       "with 0x%02x, brightness is %lld", value, number_of(BAR "brightness"));
		expect_is(number_of(BAR "rainbow_mode"), !!(value & RAINBOW), "rainbow_mode");
		expect_is(number_of(BAR "brightness_s3"), !(value & S3_OFF), "brightness_s3");
	}
	expect_is(ec_writes(), 0, "the number of writes");
	ec_poke(AC, 0);
}

/* It goes before the colour, which is still there after it. */
static void has_a_rainbow(void)
{
	static const unsigned int others[] = { 0x00, 0x77, 0x08 };
	unsigned int i;
	int max = full();
	char text[64];

	if (!has_bar())
		skip("no lightbar");
	light_fully();
	for (i = 0; i < 3; i++) {
		ec_poke(AC, others[i]);
		ec_poke(DC, others[i]);
		expect_is(set(BAR "rainbow_mode", "1"), 0, "setting rainbow_mode");
		expect_is(ec_peek(AC), others[i] | RAINBOW, "0x0748");
		expect_is(ec_peek(DC), others[i] | RAINBOW, "0x07E2");
		expect_is(number_of(BAR "rainbow_mode"), 1, "rainbow_mode");
		expect_colors(max, max, max);
		expect_is(set(BAR "rainbow_mode", "0"), 0, "clearing rainbow_mode");
		expect_is(ec_peek(AC), others[i], "0x0748");
		expect_is(ec_peek(DC), others[i], "0x07E2");
		expect_is(number_of(BAR "rainbow_mode"), 0, "rainbow_mode");
	}
	light_fully();
	expect_is(set(BAR "rainbow_mode", "1"), 0, "setting rainbow_mode");
	snprintf(text, sizeof(text), "%d 0 %d", max, max / 2);
	set_colors(text);
	expect_colors(max, 0, max / 2);
	expect_is(ec_peek(AC) & RAINBOW, RAINBOW, "the rainbow's bit after setting a colour");
	expect_is(ec_peek(DC) & RAINBOW, RAINBOW, "the rainbow's bit on battery");
	set(BAR "rainbow_mode", "0");
	expect_colors(max, 0, max / 2);
}

static void has_a_state_for_sleep(void)
{
	static const unsigned int others[] = { 0x00, 0x77, 0xF3 };
	unsigned int i;

	if (!has_bar())
		skip("no lightbar");
	for (i = 0; i < 3; i++) {
		ec_poke(AC, others[i]);
		ec_poke(DC, others[i] | S3_OFF);
		expect_is(set(BAR "brightness_s3", "0"), 0, "clearing brightness_s3");
		expect_is(ec_peek(AC), others[i] | S3_OFF, "0x0748");
		expect_is(number_of(BAR "brightness_s3"), 0, "brightness_s3");
		expect_is(set(BAR "brightness_s3", "1"), 0, "setting brightness_s3");
		expect_is(ec_peek(AC), others[i], "0x0748");
		expect_is(number_of(BAR "brightness_s3"), 1, "brightness_s3");
		expect_is(ec_peek(DC), others[i] | S3_OFF, "0x07E2");
	}
	ec_poke(AC, 0);
	ec_poke(DC, S3_OFF);
}

static void refuses_bad_values(void)
{
	static const char *const bits[] = { "2", "-1", "10", "256", "257", "x", "\n", "4294967297" };
	static const char *const colors[] = { "1 2", "1 2 3 4", "a b c", "\n", "36", "1 2 x" };
	static const char *const much[] = { "256 256 256", "300 300 300", "4294967295 4294967295 4294967295" };
	int max = full();
	unsigned int i;

	if (!has_bar())
		skip("no lightbar");
	light_fully();
	log_clear();
	for (i = 0; i < COUNT(bits); i++) {
		expect_is(set(BAR "rainbow_mode", bits[i]), -EINVAL, bits[i]);
		expect_is(set(BAR "brightness_s3", bits[i]), -EINVAL, bits[i]);
	}
	for (i = 0; i < COUNT(colors); i++)
		expect_is(set(BAR "multi_intensity", colors[i]), -EINVAL, colors[i]);
	expect(set(BAR "brightness", "-1") < 0, "less than nothing is taken");
	expect(set(BAR "brightness", "x") < 0, "a letter is taken");
	wait_for_quiet();
	expect_is(ec_writes(), 0, "the number of writes");
	/* Refused, or taken for all; but not cut to another number. */
	for (i = 0; i < COUNT(much); i++) {
		ec_poke(DC, 0);
		if (!set(BAR "multi_intensity", much[i]))
			expect_soon(ec_peek(DC), S3_OFF, "the bit for sleep on battery");
		expect_colors(max, max, max);
	}
	light_fully();
}

/* A key that the controller handles. */
static void sees_changes(void)
{
	static const unsigned int codes[] = { 0x3A, 0x39, 0xA6, 0xA6 };
	int max = full(), fd;
	unsigned int i;

	if (!has_bar() || !has_events() || !has(BAR "brightness_hw_changed"))
		skip("no lightbar, or no events");
	light_fully();
	for (i = 0; i < COUNT(codes); i++) {
		fd = watch(file_of(BAR "brightness_hw_changed"));
		ec_poke(AC, i & 1 ? 0x03 : 0x03 | S0_OFF);
		log_clear();
		ec_event(codes[i]);
		expect(watch_woken(fd, PATIENCE_MS), "who watches is not told of 0x%02x", codes[i]);
		expect_is(number_of(BAR "brightness_hw_changed"), i & 1 ? max : 0, "brightness_hw_changed");
		expect_is(number_of(BAR "brightness"), i & 1 ? max : 0, "brightness");
		expect_is(ec_writes(), 0, "the number of writes");
	}
}

/* The kernel drives the light from where nobody may sleep: it is lit while the battery is full. */
static void obeys_a_trigger(void)
{
	int max = full(), round;

	if (!has_bar() || set(BAR "trigger", "BAT0-full"))
		skip("no lightbar, or no trigger");
	for (round = 1; round <= 3; round++) {
		fill_battery(round & 1);
		expect_soon(number_of(BAR "brightness"), round & 1 ? max : 0, "brightness, by charge");
		expect_soon(ec_peek(AC) & S0_OFF, round & 1 ? 0 : S0_OFF, "0x0748, by charge");
		expect_soon(ec_peek(DC) & S0_OFF, round & 1 ? 0 : S0_OFF, "0x07E2, by charge");
	}
	set(BAR "trigger", "none");
	wait_for_quiet();
}

static const struct test_case cases[] = {
	{ "a new laptop", begin_anew },
	{ "it is there where it should be", is_there_where_it_should_be },
	{ "it begins with what is there", begins_with_what_is_there },
	{ "it has any colour", has_any_color },
	{ "it has any brightness", has_any_brightness },
	{ "it has a colour in digits", has_a_color_in_digits },
	{ "it goes off and on", goes_off },
	{ "it tells what the controller has", tells_what_the_controller_has },
	{ "it has a rainbow", has_a_rainbow },
	{ "it has a state for sleep", has_a_state_for_sleep },
	{ "it refuses bad values", refuses_bad_values },
	{ "it sees changes by the controller", sees_changes },
	{ "it obeys a trigger", obeys_a_trigger },
	{ "and a new laptop again", begin_anew },
};

int main(void)
{
	return RUN_CASES(cases);
}
