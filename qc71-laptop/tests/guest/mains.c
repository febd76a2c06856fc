// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mains come and go: the controller forgets some settings then, and tells.
 * The driver sets them again, and no more than those.
 */
#include "again.h"

#define RGB		DEVICE "/leds/rgb:kbd_backlight"
#define MONO		DEVICE "/leds/qc71_laptop::kbd_backlight"

#define MAINS_EVENT	0xAB
#define KBD_EVENT	0xB3

static long writes_before;

/*
 * Waits until all events were taken, and nobody asks the controller any more;
 * answers how often it was written since the last time.
 */
static long settle(void)
{
	long wrote;
	bool taken;

	do {
		taken = events_are_taken();
		expect(taken, "nobody takes the events");
		wait_for_quiet_of(360);
	} while (taken && bench_call("\\_SB.QCEM.EVCN", 0));
	wrote = ec_writes() - writes_before;
	writes_before += wrote;
	return wrote;
}

static void mains(int on)
{
	bench_call("\\_SB.QCEM.ACPS", 1, on);
}

/* As switched on, with a white keyboard where the model asks for it. */
static void begin(void)
{
	begin_with(0x0740, 0x09);
	writes_before = 0;
	settle();
}

/* The level, and if it is off in spite of it. */
static unsigned int light(void)
{
	return ec_peek(0x078C) & 0xE2;
}

static void test_mono(void)
{
	int i;

	begin();
	if (!exists(MONO))
		skip("the keyboard has no light of one colour");
	/* It is known before anybody has set it. */
	mains(0);
	expect_is(settle(), 1, "writes");
	expect_is(light(), 0x40, "the light that was there");
	for (i = 0; i < 6; i++) {
		expect_is(write_text(MONO "/brightness", i & 1 ? "2" : "1"), 0, "the light");
		settle();
		mains(~i & 1);
		expect_is(settle(), 1, "writes");
		expect_is(light(), i & 1 ? 0x40 : 0x20, "the light that was set");
		expect_is(ec_light() >> 24, i & 1 ? 2 : 1, "what it shines");
	}
	expect_is(write_text(MONO "/brightness", "0"), 0, "the light");
	settle();
	mains(0);
	settle();
	expect_is(ec_light() >> 24, 0, "a light that is off");
}

/* What the controller did by itself counts, and not what the driver had set. */
static void test_mono_key(void)
{
	begin();
	if (!exists(MONO))
		skip("the keyboard has no light of one colour");
	expect_is(write_text(MONO "/brightness", "2"), 0, "the light");
	settle();
	ec_poke(0x078C, 0x20);
	ec_event(KBD_EVENT);
	settle();
	mains(0);
	settle();
	expect_is(light(), 0x20, "the light that a key set");
}

static void test_rgb(void)
{
	static const unsigned short registers[] = { 0x1803, 0x1805, 0x1808 };
	unsigned char was[3];
	int i;

	begin();
	if (!exists(RGB))
		skip("the keyboard has no light of any colour");
	expect_is(write_text(RGB "/multi_intensity", "255 102 51"), 0, "the colours");
	expect_is(write_text(RGB "/brightness", "255"), 0, "the light");
	settle();
	for (i = 0; i < 3; i++)
		was[i] = ec_peek(registers[i]);
	expect_is(was[0], 50, "red");
	expect_is(was[1], 20, "green");
	expect_is(was[2], 10, "blue");
	for (i = 0; i < 3; i++)
		ec_poke(registers[i], 0);
	ec_poke(0x0782, ec_peek(0x0782) & ~0x40);
	mains(0);
	expect_is(settle(), 4, "writes");
	for (i = 0; i < 3; i++)
		expect_is(ec_peek(registers[i]), was[i], "the colour");
	expect_is(ec_light() & 0xFFFFFF, was[0] << 16 | was[1] << 8 | was[2], "what it shines");
	expect_is(ec_peek(0x0782) & 0x40, 0x40, "who has the light");
}

static void expect_limits(int pl1, int pl2, int pl4)
{
	expect_is(ec_peek(0x0783), pl1, "PL1");
	expect_is(ec_peek(0x0784), pl2, "PL2");
	expect_is(ec_peek(0x0785), pl4, "PL4");
}

static void test_custom(void)
{
	begin();
	if (!has("custom_mode"))
		skip("no mode of one's own");
	/* Limits that nobody chose are the controller's. */
	ec_poke(0x0783, 10);
	mains(0);
	settle();
	expect_limits(10, 65, 100);

	expect_is(set("custom_tdp", "20 30 40"), 0, "the limits");
	expect_is(set("custom_mode", "1"), 0, "the mode");
	settle();
	ec_poke(0x0727, ec_peek(0x0727) | 0x21);
	ec_poke(0x0783, 45);
	ec_poke(0x0784, 65);
	ec_poke(0x0785, 100);
	mains(1);
	settle();
	expect_limits(20, 30, 40);
	expect_is(ec_peek(0x0727), 0x61, "the mode's register");

	expect_is(set("custom_mode", "0"), 0, "the mode");
	settle();
	mains(0);
	settle();
	expect_is(ec_peek(0x0727), 0x21, "a mode that is off");
}

/* What was not lost is not written, and an event is not an answer to what the driver did. */
static void test_no_storm(void)
{
	long asked;
	int i;

	begin();
	ec_event(MAINS_EVENT);
	expect_is(settle(), 0, "writes");
	asked = ec_reads();
	for (i = 0; i < 16; i++)
		ec_event(MAINS_EVENT);
	expect_is(settle(), 0, "writes for many events");
	/* At most all that is lost with the mains, and a look at the mode, for each. */
	expect(ec_reads() - asked <= 16 * 10, "%ld reads", ec_reads() - asked);
	for (i = 0; i < 8; i++) {
		mains(i & 1);
		settle();
	}
	writes_before = ec_writes();
	asked = ec_reads() + ec_writes();
	wait_ms(1500);
	expect_is(ec_reads() + ec_writes() - asked, 0, "accesses when all is over");
}

/* Other settings are not lost with the mains, and are left alone. */
static void test_others(void)
{
	begin();
	expect_is(set("manual_control", "1"), 0, "manual control");
	settle();
	ec_poke(0x0741, 0x00);
	ec_poke(0x0751, 0xA0);
	ec_poke(0x07B9, 0x42);
	ec_poke(0x0749, 0x11);
	mains(0);
	settle();
	expect_is(ec_peek(0x0741), 0x00, "manual control");
	expect_is(ec_peek(0x0751), 0xA0, "the mode");
	expect_is(ec_peek(0x07B9) & 0x7F, 0x42, "the limit");
	expect_is(ec_peek(0x0749), 0x11, "the lightbar");
}

static void test_faults(void)
{
	begin();
	if (!has("custom_mode"))
		skip("nothing that is lost comes after something else");
	expect_is(set("custom_tdp", "20 30 40"), 0, "the limits");
	expect_is(set("custom_mode", "1"), 0, "the mode");
	settle();
	ec_poke(0x0783, 45);
	ec_poke(0x0784, 65);
	ec_fault(FAULT_FE, 0xFFFF, 0x0783, OF_BOTH);
	mains(0);
	settle();
	ec_works();
	expect_limits(45, 30, 40);
	expect_is(ec_peek(0x0727) & 0x40, 0x40, "the mode");

	/* Nothing can be done, but when it works again the next event does it. */
	ec_fault(FAULT_EXCEPTION, 0xFFFF, ANYWHERE, OF_BOTH);
	mains(1);
	settle();
	ec_works();
	expect_is(ec_peek(0x0727) & 0x40, 0x00, "the mode");
	ec_event(MAINS_EVENT);
	settle();
	expect_limits(20, 30, 40);
	expect_is(ec_peek(0x0727) & 0x40, 0x40, "the mode");
}

/* It is on its way while the driver goes. */
static void test_unloading(void)
{
	int i;

	begin();
	for (i = 0; i < 5; i++) {
		mains(i & 1);
		expect_is(unload(), 0, "unloading");
		mains(~i & 1);
		expect_is(load_again(), 0, "loading");
	}
}

int main(void)
{
	static const struct test_case cases[] = {
		{ "the keyboard's light of one colour", test_mono },
		{ "that light after a key", test_mono_key },
		{ "the keyboard's light of any colour", test_rgb },
		{ "limits and mode of one's own", test_custom },
		{ "no storm", test_no_storm },
		{ "what is not lost is left alone", test_others },
		{ "a controller that fails", test_faults },
		{ "the driver goes at that moment", test_unloading },
	};
	int failed = RUN_CASES(cases);

	begin_anew();
	return failed;
}
