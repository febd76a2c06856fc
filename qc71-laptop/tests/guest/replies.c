// SPDX-License-Identifier: GPL-2.0-only
/* Whatever the firmware answers instead of what it should: an error, and never a value. */
#include "files.h"

/* The core of the LEDs tells what it knew before, as it can't tell errors. */
static void read_wrongly(const struct file *file, enum fault fault)
{
	char before[64], text[64];
	int error;

	read_text(path_of(file), before, sizeof(before));
	ec_fault(fault, 0xffff, ANYWHERE, OF_READS);
	error = read_text(path_of(file), text, sizeof(text));
	expect(ec_hits() > 0, "%s asks nothing of the controller", file->name);
	ec_works();
	if (file->led)
		expect(!strcmp(text, before), "%s: fault %d reads as \"%s\" after \"%s\"", file->name, fault, text, before);
	else
		expect(is_error_of(fault, error), "%s: fault %d reads as %d, \"%s\"", file->name, fault, error, text);
	read_text(path_of(file), text, sizeof(text));
	expect(!strcmp(text, before), "%s: it is \"%s\" after fault %d and was \"%s\"", file->name, text, fault, before);
}

static void reading(void)
{
	const struct file *file;
	unsigned int i;

	begin_anew();
	for_each_file(file)
		for (i = 0; i < COUNT(wrong_answers); i++)
			read_wrongly(file, wrong_answers[i]);
	expect_is(ec_malformed(), 0, "the number of malformed requests");
}

/* A sensor whose second access fails has no value either. */
static void reading_half(void)
{
	const struct file *file;
	char text[64];
	int n;

	begin_anew();
	for_each_file(file) {
		prepare(file);
		for (n = 0; !file->led; n++) {
			int error;

			ec_fault(FAULT_FE, 1, ANYWHERE, OF_READS);
			bench_call("\\_SB.QCEM.FSKP", 1, n);
			error = read_text(path_of(file), text, sizeof(text));
			if (!ec_hits())
				break;
			expect_is(error, -EIO, file->name);
		}
		ec_works();
	}
}

static void write_wrongly(const struct file *file, const struct choice *from, const struct choice *to,
			  enum fault fault, int of)
{
	const struct bits *b;
	int error;

	expect_is(put(file, from->text), 0, file->name);
	ec_fault(fault, 0xffff, ANYWHERE, of);
	error = put(file, to->text);
	expect(ec_hits() > 0, "%s: %s asks nothing of the controller", file->name, to->text);
	ec_works();
	expect(file->led || is_error_of(fault, error), "%s: writing %s at fault %d of %d is %d", file->name, to->text,
	       fault, of, error);
	/* Of an access that failed nothing arrived, and no other was tried after it. */
	if (fault == FAULT_FE || fault == FAULT_EXCEPTION) {
		for_each_bits(b, from)
			expect(!b->mask || (ec_peek(b->address) & mask_of(b)) == (b->value & mask_of(b)),
			       "%s: 0x%04x is 0x%02x after fault %d", file->name, b->address, ec_peek(b->address), fault);
	}
	/* Afterwards it is as if nothing had been. */
	expect_is(put(file, to->text), 0, file->name);
	expect_choice(file, to);
}

static void writing(int of)
{
	const struct file *file;
	unsigned int i;

	begin_anew();
	for_each_file(file) {
		const struct choice *choices = file->choices;

		if (!choices[0].text)
			continue;
		/* Where nobody is told of the error, one way to fail is like another. */
		for (i = 0; i < (file->led ? 2 : COUNT(wrong_answers)); i++) {
			prepare(file);
			write_wrongly(file, &choices[i & 1], &choices[!(i & 1)], wrong_answers[i], of);
		}
	}
	expect_is(ec_malformed(), 0, "the number of malformed requests");
}

static void writing_reads(void)
{
	writing(OF_READS);
}

static void writing_writes(void)
{
	writing(OF_WRITES);
}

/* Slow is not wrong. */
static void slow(void)
{
	const struct choice *choice;
	const struct file *file;
	struct timespec from, to;
	char before[64], text[64];

	begin_anew();
	for_each_file(file) {
		prepare(file);
		read_text(path_of(file), before, sizeof(before));
		ec_fault(FAULT_SLOW, 1, ANYWHERE, OF_BOTH);
		clock_gettime(CLOCK_MONOTONIC, &from);
		expect(read_text(path_of(file), text, sizeof(text)) > 0, "%s can't be read", file->name);
		clock_gettime(CLOCK_MONOTONIC, &to);
		expect(!strcmp(text, before), "%s is \"%s\" and was \"%s\"", file->name, text, before);
		expect((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000 >= 290,
		       "%s did not wait", file->name);
		expect_is(ec_hits(), 1, file->name);
		choice = &file->choices[strcmp(text, file->choices[0].text ?: "") ? 0 : 1];
		if (!choice->text)
			continue;
		ec_fault(FAULT_SLOW, 1, ANYWHERE, OF_WRITES);
		expect_is(put(file, choice->text), 0, file->name);
		if (file->led)
			wait_ms(400);
		wait_for_quiet();
		expect_choice(file, choice);
	}
	ec_works();
}

static const struct test_case cases[] = {
	{ "reading tells an error", reading },
	{ "if any of its accesses fails", reading_half },
	{ "writing tells an error if it can't look", writing_reads },
	{ "and if it can't write", writing_writes },
	{ "slow answers are answers", slow },
	{ "all is as before", begin_anew },
};

int main(void)
{
	return RUN_CASES(cases);
}
