// SPDX-License-Identifier: GPL-2.0-only
/* Registers hold more than the driver knows: whatever it changes, all other bits stay. */
#include <pthread.h>

#include "files.h"

/* The duties, which the controller changes with the fans' mode. */
static bool moves(unsigned int address)
{
	return address == 0x1804 || address == 0x1809;
}

/* Bits that the controller has for itself in registers that the driver writes. */
static unsigned int own_bits(unsigned int address)
{
	switch (address) {
	case 0x0768: return 0x04;	/* the fans' boost, as it sees it */
	case 0x078c: return 0x10;	/* clears itself */
	case 0x07b9: return 0x80;	/* the limit is reached */
	default: return moves(address) ? 0xff : 0;
	}
}

/* Whatever else is in the controller stays as it is, if every write is to a register of the choice's. */
static void expect_writes(const struct file *file, const struct choice *choice)
{
	struct request request;

	expect(log_count() <= LOG_KEPT, "the log is too short for %lld requests", log_count());
	for_each_request(request)
		if (request.kind & OF_WRITES)
			expect(may_write(choice, request.address), "%s: %s writes 0x%02x to 0x%04x",
			       file->name, choice->text, request.data, request.address);
}

static void write_on(const struct file *file, const struct choice *choice, unsigned int ground)
{
	unsigned int old[COUNT(choice->bits)], before[COUNT(choice->bits)], i;
	const struct bits *b = choice->bits;

	for (i = 0; b[i].address; i++) {
		old[i] = ec_peek(b[i].address);
		/* Of the triggers, those that are set would go off. */
		if (!moves(b[i].address))
			ec_poke(b[i].address, b[i].address == 0x0767 ? ground & 0x10 : ground);
	}
	for (i = 0; b[i].address; i++)
		before[i] = ec_peek(b[i].address);
	log_clear();
	expect_is(put(file, choice->text), 0, file->name);
	for (i = 0; b[i].address; i++) {
		unsigned int after = ec_peek(b[i].address);
		unsigned int mask = (b[i].mask ? mask_of(&b[i]) : 0xff) | own_bits(b[i].address);

		expect(!((before[i] ^ after) & ~mask), "%s: %s changes 0x%04x from 0x%02x to 0x%02x",
		       file->name, choice->text, b[i].address, before[i], after);
	}
	expect_choice(file, choice);
	expect_writes(file, choice);
	/* Some bits change what other files mean. */
	for (i = 0; b[i].address; i++)
		if (!moves(b[i].address))
			ec_poke(b[i].address, old[i]);
}

static void write_all(bool only_white_keyboard)
{
	const struct choice *choice;
	const struct file *file;

	for_each_file(file) {
		if (only_white_keyboard && strcmp(file->name, KBD_MONO "brightness"))
			continue;
		for_each_choice(choice, file) {
			prepare(file);
			write_on(file, choice, 0x00);
			prepare(file);
			write_on(file, choice, 0xff);
		}
	}
	expect_is(ec_malformed(), 0, "the number of malformed requests");
}

static void other_bits_stay(void)
{
	begin_anew();
	write_all(false);
}

static void white_keyboard(void)
{
	if (!has("performance_mode") || has("leds/rgb:kbd_backlight"))
		skip("this model's keyboard is another");
	begin_with(0x078c, 0x41);
	expect(has(KBD_MONO "brightness"), "there is no light of a white keyboard");
	write_all(true);
}

/* Loading sets bits on some models, and shall not touch the others either. */
static void loading(void)
{
	static const struct bits touched[] = {
		{ 0x0741, 0x01 }, { 0x0751, 0x20 }, { 0x0782, 0x40 }, { 0x078c, 0xf0 },
	};
	static unsigned char before[EC_SIZE], after[EC_SIZE];
	unsigned int i, at, ground;

	for (ground = 0; ground <= 0xff; ground += 0xff) {
		switch_on();
		for (i = 0; i < COUNT(touched); i++)
			ec_poke(touched[i].address, ground);
		ec_memory(before);
		expect_is(load_again(), 0, "loading");
		wait_for_quiet();
		ec_memory(after);
		for (at = 0; at < sizeof(before); at++) {
			unsigned int mask = 0;

			for (i = 0; i < COUNT(touched); i++)
				if (touched[i].address == at)
					mask = touched[i].mask;
			if (!has("custom_mode") && (at == 0x0741 || at == 0x0751))
				mask = 0;
			if (!has("leds/rgb:kbd_backlight") && (at == 0x0782 || at == 0x078c))
				mask = 0;
			expect(!((before[at] ^ after[at]) & ~mask),
			       "loading changes 0x%04x from 0x%02x to 0x%02x", at, before[at], after[at]);
		}
	}
	ec_reset();
}

/* ---- Two at once ---- */

#define ROUNDS 25

struct writer {
	char path[512];
	const char *texts[2];
	pthread_t thread;
	int errors, lost;
};

/* What it wrote has to be there a moment later, whatever others write to the same register. */
static void *write_often(void *data)
{
	struct writer *writer = data;
	char text[32];
	int i;

	for (i = 0; i < ROUNDS; i++) {
		writer->errors += write_text(writer->path, writer->texts[i & 1]) < 0;
		writer->errors += read_text(writer->path, text, sizeof(text)) < 0;
		writer->lost += !!strcmp(text, writer->texts[i & 1]);
	}
	return NULL;
}

static void race(struct writer writers[2])
{
	int i;

	for (i = 0; i < 2; i++)
		expect(!pthread_create(&writers[i].thread, NULL, write_often, &writers[i]), "no thread");
	for (i = 0; i < 2; i++) {
		pthread_join(writers[i].thread, NULL);
		expect_is(writers[i].errors, 0, writers[i].path);
		expect(!writers[i].lost, "%s lost %d of %d values", writers[i].path, writers[i].lost, ROUNDS);
	}
}

/* Pairs of files that are bits of one register. */
static void two_at_once(void)
{
	static const char *const pairs[][2] = {
		{ "fan_always_on", "fan_reduced_duty_cycle" },
		{ "silent_mode", "hwmon/pwm1_enable" },
		{ LIGHTBAR "rainbow_mode", LIGHTBAR "brightness_s3" },
	};
	unsigned int i, at, raced = 0;

	begin_anew();
	for (i = 0; i < COUNT(pairs); i++) {
		struct writer writers[2] = { 0 };

		if (!has(pairs[i][0]) || !has(pairs[i][1]))
			continue;
		for (at = 0; at < 2; at++) {
			snprintf(writers[at].path, sizeof(writers[at].path), "%s", file_of(pairs[i][at]));
			writers[at].texts[0] = strstr(pairs[i][at], "pwm") ? "2" : "1";
			writers[at].texts[1] = "0";
		}
		race(writers);
		raced++;
	}
	if (!raced)
		skip("this model has no two files of one register");
}

static void *write_one(void *path)
{
	return (void *)(long)write_text(path, "1");
}

/* Who toggles has to look before, and two who look at once would toggle twice. */
static void one_toggle(void)
{
	pthread_t threads[2];
	char path[512];
	void *error;
	int i, at;

	begin_anew();
	if (!has("super_key_lock"))
		skip("this model has none");
	snprintf(path, sizeof(path), "%s", file_of("super_key_lock"));
	for (i = 0; i < 10; i++) {
		expect_is(set("super_key_lock", "0"), 0, "super_key_lock");
		expect_is(ec_peek(0x0768) & 0x01, 0, "the lock");
		for (at = 0; at < 2; at++)
			expect(!pthread_create(&threads[at], NULL, write_one, path), "no thread");
		for (at = 0; at < 2; at++) {
			pthread_join(threads[at], &error);
			expect_is((long)error, 0, "super_key_lock");
		}
		expect_is(ec_peek(0x0768) & 0x01, 1, "the lock");
	}
}

static const struct test_case cases[] = {
	{ "writing a file leaves all other bits", other_bits_stay },
	{ "and so does the light of a white keyboard", white_keyboard },
	{ "and loading", loading },
	{ "two who write to one register lose nothing", two_at_once },
	{ "two who lock the super key toggle it once", one_toggle },
	{ "all is as before", begin_anew },
};

int main(void)
{
	return RUN_CASES(cases);
}
