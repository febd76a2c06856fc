/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All files of the driver's that stand for something in the controller: what
 * can be written to each, and which bits the controller has then; and what can't.
 */
#ifndef QC71_TEST_FILES_H
#define QC71_TEST_FILES_H

#include "again.h"

#define LIGHTBAR	"leds/qc71_laptop::lightbar/"
#define KBD_RGB		"leds/rgb:kbd_backlight/"
#define KBD_MONO	"leds/qc71_laptop::kbd_backlight/"
#define BATTERY		"/sys/class/power_supply/BAT0/"

/* Bits of a register; of those without a mask nothing is known but that they may be written. */
struct bits {
	unsigned int address;
	unsigned int mask;
	unsigned int value;
};

struct choice {
	const char *text;
	struct bits bits[9];
};

struct file {
	const char *name;
	int accesses;			/* that reading it may take */
	bool led;			/* its core writes later, and tells no errors */
	const char *first;		/* another file, into which 1 has to be written before */
	struct choice choices[5];	/* each is another than the one before */
	const char *wrong[24];
};

#define A_BIT(address_, mask_)						\
	{ { "1", { { address_, mask_, mask_ } } }, { "0", { { address_, mask_, 0 } } } }

#define WRONG_BITS							\
	{ "2", "-1", "10", "256", "4294967297", "99999999999999999999",	\
	  "text", "1 0", "1text", "0x2", ".", "\n", " " }

#define WRONG_PWM							\
	{ "-1", "256", "300", "65536", "4294967296", "4294967297",	\
	  "99999999999999999999", "text", "1text", "0x100", "\n" }

/* What the mode's register says; which of its bits a model uses is told by mode_mask(). */
#define A_MODE(value)	{ { 0x0751, 0xb0, value } }

static const struct file files[] = {
	{ "manual_control", 1, .choices = A_BIT(0x0741, 0x01), .wrong = WRONG_BITS },
	{ "fn_lock", 1, .choices = A_BIT(0x074e, 0x10), .wrong = WRONG_BITS },
	{ "fn_lock_switch", 1, .choices = A_BIT(0x07a4, 0x08), .wrong = WRONG_BITS },
	{ "fan_always_on", 1, .choices = A_BIT(0x07a3, 0x40), .wrong = WRONG_BITS },
	{ "fan_reduced_duty_cycle", 1, .choices = A_BIT(0x07a3, 0x20), .wrong = WRONG_BITS },
	{ "custom_mode", 1, .choices = A_BIT(0x0727, 0x40), .wrong = WRONG_BITS },
	{
		"super_key_lock", 1, .wrong = WRONG_BITS,
		.choices = {
			{ "1", { { 0x0767, 0x0f, 0 }, { 0x0768, 0x01, 1 } } },
			{ "0", { { 0x0767, 0x0f, 0 }, { 0x0768, 0x01, 0 } } },
		},
	},
	{
		"silent_mode", 1, .wrong = WRONG_BITS,
		.choices = { { "1", { { 0x0751, 0x90, 0x80 } } }, { "0", { { 0x0751, 0x80, 0 } } } },
	},
	{
		"turbo_mode", 1, .wrong = WRONG_BITS,
		.choices = { { "1", { { 0x0751, 0x90, 0x10 } } }, { "0", { { 0x0751, 0x10, 0 } } } },
	},
	{
		"performance_mode", 1,
		.choices = { { "1", A_MODE(0xa0) }, { "2", A_MODE(0x20) }, { "3", A_MODE(0x30) },
			     { "1", A_MODE(0xa0) } },
		.wrong = { "0", "4", "-1", "257", "258", "4294967297", "99999999999999999999",
			   "text", "1 2", "2text", "\n", " " },
	},
	{
		PROFILE, 1,
		.choices = { { "low-power", A_MODE(0xa0) }, { "balanced", A_MODE(0x20) },
			     { "performance", A_MODE(0x30) }, { "low-power", A_MODE(0xa0) } },
		.wrong = { "quiet", "cool", "custom", "text", "0", "2", "-1", "99999999999999999999", "\n" },
	},
	{
		"custom_tdp", 4,
		.choices = {
			{ "5 5 5", { { 0x0783, 0xff, 5 }, { 0x0784, 0xff, 5 }, { 0x0785, 0xff, 5 } } },
			{ "20 30 40", { { 0x0783, 0xff, 20 }, { 0x0784, 0xff, 30 }, { 0x0785, 0xff, 40 } } },
			/* The most, and for PL4 what the virtual laptop came with. */
			{ "80 80 100", { { 0x0783, 0xff, 80 }, { 0x0784, 0xff, 80 }, { 0x0785, 0xff, 100 } } },
			{ " 35\t45  55\n", { { 0x0783, 0xff, 35 }, { 0x0784, 0xff, 45 }, { 0x0785, 0xff, 55 } } },
		},
		.wrong = { "4 5 6", "5 5 101", "5 81 81", "81 81 81", "0 0 0", "-5 30 40", "20 30 -40", "30 20 40",
			   "20 40 30", "20 30", "20", "20 30 40 50", "276 286 296", "20 30 296",
			   "4294967316 30 40", "20 30 99999999999999999999", "a b c", "20,30,40", "\n", " " },
	},
	{
		"hwmon/pwm1_enable", 1,
		.choices = {
			{ "0", { { 0x0751, 0x40, 0x40 }, { 0x1804, 0xff, 200 }, { 0x1809, 0xff, 200 } } },
			{ "2", { { 0x0751, 0x40, 0 }, { 0x1804 }, { 0x1809 } } },
			{ "1", { { 0x0751, 0x40, 0x40 }, { 0x1804 }, { 0x1809 } } },
			{ "2", { { 0x0751, 0x40, 0 }, { 0x1804 }, { 0x1809 } } },
		},
		.wrong = { "3", "-1", "256", "257", "258", "4294967296", "4294967298",
			   "99999999999999999999", "text", "2text", "\n" },
	},
	{
		"hwmon/pwm1", 2, .first = "hwmon/pwm1_enable", .wrong = WRONG_PWM,
		.choices = {
			{ "0", { { 0x0751, 0x40, 0x40 }, { 0x1804, 0xff, 1 } } },
			{ "255", { { 0x0751, 0x40, 0x40 }, { 0x1804, 0xff, 200 } } },
			{ "128", { { 0x0751, 0x40, 0x40 }, { 0x1804, 0xff, 100 } } },
			{ "254", { { 0x0751, 0x40, 0x40 }, { 0x1804, 0xff, 199 } } },
		},
	},
	{
		"hwmon/pwm2", 2, .first = "hwmon/pwm1_enable", .wrong = WRONG_PWM,
		.choices = {
			{ "255", { { 0x0751, 0x40, 0x40 }, { 0x1809, 0xff, 200 } } },
			{ "1", { { 0x0751, 0x40, 0x40 }, { 0x1809, 0xff, 1 } } },
		},
	},
	{ "hwmon/fan1_input", 1 },
	{ "hwmon/fan2_input", 1 },
	{ "hwmon/temp1_input", 1 },
	{ "hwmon/temp2_input", 1 },
	{
		LIGHTBAR "rainbow_mode", 1, .wrong = WRONG_BITS,
		.choices = {
			{ "1", { { 0x0748, 0x80, 0x80 }, { 0x07e2, 0x80, 0x80 } } },
			{ "0", { { 0x0748, 0x80, 0 }, { 0x07e2, 0x80, 0 } } },
		},
	},
	{
		LIGHTBAR "color", 3,
		.choices = {
			{ "000", { { 0x0749, 0xff, 0 }, { 0x074a, 0xff, 0 }, { 0x074b, 0xff, 0 },
				   { 0x07e3, 0xff, 0 }, { 0x07e4, 0xff, 0 }, { 0x07e5, 0xff, 0 } } },
			{ "951", { { 0x0749, 0xff, 36 }, { 0x074a, 0xff, 20 }, { 0x074b, 0xff, 4 },
				   { 0x07e3, 0xff, 36 }, { 0x07e4, 0xff, 20 }, { 0x07e5, 0xff, 4 } } },
		},
		.wrong = { "1", "12", "1234", "-12", "1 2", "12x", "0x1", "a00", " 12", "12 ", "\n", "\n\n\n" },
	},
	{
		LIGHTBAR "brightness_s3", 1, .wrong = WRONG_BITS,
		.choices = { { "0", { { 0x0748, 0x08, 0x08 } } }, { "1", { { 0x0748, 0x08, 0 } } } },
	},
	{
		LIGHTBAR "brightness", 1, .led = true, .wrong = { "-1", "text", "1 2" },
		.choices = {
			{ "0", { { 0x0748, 0x04, 0x04 }, { 0x07e2, 0x0c, 0x0c } } },
			{ "1000", { { 0x0748, 0x04, 0 }, { 0x07e2, 0x0c, 0x08 },
				    { 0x0749 }, { 0x074a }, { 0x074b }, { 0x07e3 }, { 0x07e4 }, { 0x07e5 } } },
		},
	},
	{
		KBD_RGB "brightness", 3, .led = true, .wrong = { "-1", "text", "1 2" },
		.choices = {
			{ "0", { { 0x1803, 0xff, 0 }, { 0x1805, 0xff, 0 }, { 0x1808, 0xff, 0 } } },
			{ "255", { { 0x1803, 0xff, 50 }, { 0x1805, 0xff, 50 }, { 0x1808, 0xff, 50 } } },
		},
	},
	{
		KBD_MONO "brightness", 1, .led = true, .wrong = { "-1", "text", "1 2" },
		.choices = { { "0", { { 0x078c, 0xf2, 0 } } }, { "2", { { 0x078c, 0xf2, 0x40 } } },
			     { "1", { { 0x078c, 0xf2, 0x20 } } } },
	},
	{
		BATTERY "charge_control_end_threshold", 1,
		.choices = { { "1", { { 0x07b9, 0x7f, 1 } } }, { "50", { { 0x07b9, 0x7f, 50 } } },
			     { "99", { { 0x07b9, 0x7f, 99 } } }, { "100", { { 0x07b9, 0x7f, 100 } } } },
		/* Of 4294967297 the kernel's own core makes 1, since 6.14. */
		.wrong = { "0", "101", "-1", "127", "128", "257", "2147483647", "2147483648",
			   "99999999999999999999", "text", "50text", "\n" },
	},
};

static inline const char *path_of(const struct file *file)
{
	return file->name[0] == '/' ? file->name : file_of(file->name);
}

static inline bool is_here(const struct file *file)
{
	return exists(path_of(file));
}

#define for_each_file(file)						\
	for (file = files; file < files + COUNT(files); file++)		\
		if (is_here(file))

#define for_each_choice(choice, file)					\
	for (choice = (file)->choices; choice->text; choice++)		\
		if (can_choose(choice))

#define for_each_bits(b, choice)					\
	for (b = (choice)->bits; b->address; b++)

static inline bool may_write(const struct choice *choice, unsigned int address)
{
	const struct bits *b;

	for_each_bits(b, choice)
		if (b->address == address)
			return true;
	return false;
}

/* Of the mode's register, a model's bits: only some have turbo, and few have bit 5 in the driver's hands. */
static inline unsigned int mode_mask(void)
{
	return 0x4f | 0x80 | (has("turbo_mode") ? 0x10 : 0) | (has("custom_mode") ? 0x20 : 0);
}

static inline unsigned int mask_of(const struct bits *bits)
{
	return bits->address == 0x0751 ? bits->mask & mode_mask() : bits->mask;
}

/* Not what needs a bit of the mode that the model lacks. */
static inline bool can_choose(const struct choice *choice)
{
	return choice->bits[0].address != 0x0751 || !(choice->bits[0].value & 0x10) || has("turbo_mode");
}

/* Writes as a person does, and answers when all of it is done. */
static inline int put(const struct file *file, const char *text)
{
	long long before = log_count();
	int error = write_text(path_of(file), text);
	int i;

	if (!file->led || error || !*text)
		return error;
	/* It may be a while until the core's worker begins. */
	for (i = 0; i < 500 && log_count() == before; i++)
		wait_ms(10);
	wait_for_quiet();
	return 0;
}

/* What has to be before the file can be written. */
static inline void prepare(const struct file *file)
{
	if (file->first)
		expect_is(set(file->first, "1"), 0, file->first);
}

/* Does the controller have what was chosen? */
static inline void expect_choice(const struct file *file, const struct choice *choice)
{
	const struct bits *b;

	for_each_bits(b, choice) {
		unsigned int mask = mask_of(b);

		expect((ec_peek(b->address) & mask) == (b->value & mask),
		       "%s: after %s, 0x%04x is 0x%02x, not 0x%02x in 0x%02x", file->name, choice->text,
		       b->address, ec_peek(b->address), b->value & mask, mask);
	}
}

#endif
