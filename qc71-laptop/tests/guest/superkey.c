// SPDX-License-Identifier: GPL-2.0-only
/* The lock of the super key, which can only be toggled. */
#include "again.h"

#include <sys/wait.h>

#define TRIGGER	0x0767
#define STATUS	0x0768
#define LOCK	"super_key_lock"

static bool is_locked(void)
{
	return ec_peek(STATUS) & 1;
}

static void tells_the_state(void)
{
	int locked;

	if (!has(LOCK))
		skip("no lock");
	log_clear();
	for (locked = 0; locked < 2; locked++) {
		ec_poke(STATUS, 0xFE | locked);
		expect_is(number_of(LOCK), locked, LOCK);
		ec_poke(STATUS, locked);
		expect_is(number_of(LOCK), locked, LOCK);
	}
	expect_is(ec_writes(), 0, "the number of writes");
	ec_poke(STATUS, 0);
}

static void toggles_only_what_differs(void)
{
	int from, to, data = 0;

	if (!has(LOCK))
		skip("no lock");
	for (from = 0; from < 2; from++) {
		for (to = 0; to < 2; to++) {
			ec_poke(STATUS, from);
			log_clear();
			expect_is(set_number(LOCK, to), 0, "setting the lock");
			expect_is(is_locked(), to, "the lock");
			expect_is(number_of(LOCK), to, LOCK);
			expect_is(ec_writes(), from != to, "the number of writes");
			expect_is(log_writes(TRIGGER, &data), from != to, "the number of triggers");
			if (from != to)
				expect_is(data & 0x0F, 1, "the trigger");
			log_clear();
			expect_is(set_number(LOCK, to), 0, "setting the lock again");
			expect_is(ec_writes(), 0, "the number of writes of the second time");
			expect_is(is_locked(), to, "the lock after the second time");
		}
	}
	ec_poke(STATUS, 0);
}

/* One of them is no trigger, but says if USB gets power while the laptop is off. */
static void leaves_other_triggers(void)
{
	int data = 0;

	if (!has(LOCK))
		skip("no lock");
	ec_poke(TRIGGER, 0x10);
	ec_poke(STATUS, 0x06);
	log_clear();
	expect_is(set(LOCK, "1"), 0, "setting the lock");
	log_writes(TRIGGER, &data);
	expect_is(data, 0x11, "the trigger");
	expect_is(ec_peek(TRIGGER), 0x10, "0x0767");
	expect_is(ec_peek(STATUS), 0x07, "0x0768");
	expect_is(set(LOCK, "0"), 0, "clearing the lock");
	expect_is(ec_peek(TRIGGER), 0x10, "0x0767");
	expect_is(ec_peek(STATUS), 0x06, "0x0768");
	ec_poke(TRIGGER, 0);
	ec_poke(STATUS, 0);
}

/* Before it took effect: nothing changed, and nothing is told to have. */
static void survives_a_failed_trigger(void)
{
	static const enum fault faults[] = { FAULT_FE, FAULT_EXCEPTION };
	unsigned int i;
	int locked;

	if (!has(LOCK))
		skip("no lock");
	for (i = 0; i < 2; i++) {
		for (locked = 0; locked < 2; locked++) {
			ec_poke(STATUS, locked);
			ec_fault(faults[i], 1, TRIGGER, OF_WRITES);
			log_clear();
			expect_is(set_number(LOCK, !locked), -EIO, "setting the lock");
			ec_works();
			expect_is(log_writes(TRIGGER, NULL), 1, "the number of triggers");
			expect_is(is_locked(), locked, "the lock");
			expect_is(number_of(LOCK), locked, LOCK);
			expect_is(set_number(LOCK, !locked), 0, "setting the lock once more");
			expect_is(is_locked(), !locked, "the lock");
		}
	}
	ec_poke(STATUS, 0);
}

/* It took effect, but the answer was lost: once more must not toggle it back. */
static void survives_a_lost_answer(void)
{
	static const enum fault faults[] = { FAULT_INTEGER, FAULT_SHORT, FAULT_STRING, FAULT_EMPTY, FAULT_PACKAGE };
	unsigned int i;

	if (!has(LOCK))
		skip("no lock");
	for (i = 0; i < COUNT(faults); i++) {
		ec_poke(STATUS, 0);
		ec_fault(faults[i], 1, TRIGGER, OF_WRITES);
		log_clear();
		set(LOCK, "1");
		ec_works();
		expect_is(log_writes(TRIGGER, NULL), 1, "the number of triggers");
		expect_is(number_of(LOCK), 1, LOCK);
		log_clear();
		expect_is(set(LOCK, "1"), 0, "setting the lock once more");
		expect_is(ec_writes(), 0, "the number of writes of that");
		expect_is(is_locked(), 1, "the lock");
	}
	ec_poke(STATUS, 0);
}

/* Who does not know the state must not toggle. */
static void needs_to_know_the_state(void)
{
	static const enum fault faults[] = { FAULT_FE, FAULT_EXCEPTION, FAULT_NOTHING, FAULT_SHORT };
	unsigned int i;

	if (!has(LOCK))
		skip("no lock");
	for (i = 0; i < COUNT(faults); i++) {
		ec_fault(faults[i], 1, STATUS, OF_READS);
		log_clear();
		expect(set(LOCK, "1") < 0, "setting the lock works, state unknown");
		ec_works();
		expect_is(ec_writes(), 0, "the number of writes");
		expect(!is_locked(), "it is locked");
		ec_fault(faults[i], 1, STATUS, OF_READS);
		expect(number_of(LOCK) < NO_NUMBER, "the state is told, but not known");
		ec_works();
	}
}

static void refuses_bad_values(void)
{
	static const char *const values[] = { "2", "-1", "10", "11", "256", "257", "4294967297", "x", "\n",
		"99999999999999999999", "1 1" };
	unsigned int i;

	if (!has(LOCK))
		skip("no lock");
	log_clear();
	for (i = 0; i < COUNT(values); i++)
		expect_is(set(LOCK, values[i]), -EINVAL, values[i]);
	expect_is(ec_writes(), 0, "the number of writes");
}

/* Looking and toggling are one: two that want the same toggle once. */
static void is_toggled_by_one(void)
{
	pid_t children[4];
	int round, i;

	if (!has(LOCK))
		skip("no lock");
	for (round = 0; round < 6; round++) {
		ec_poke(STATUS, round & 1);
		log_clear();
		for (i = 0; i < 4; i++) {
			children[i] = fork();
			if (!children[i])
				_exit(set_number(LOCK, !(round & 1)) != 0);
		}
		for (i = 0; i < 4; i++) {
			int status = 1;

			waitpid(children[i], &status, 0);
			expect_is(status, 0, "the end of a process that sets the lock");
		}
		expect_is(log_writes(TRIGGER, NULL), 1, "the number of triggers");
		expect_is(is_locked(), !(round & 1), "the lock");
	}
	ec_poke(STATUS, 0);
}

/* The keyboard has a key for it, that the controller handles. */
static void tells_of_the_key(void)
{
	static const unsigned int codes[] = { 0xA5, 0x40, 0x41 };
	unsigned int i;
	int fd;

	if (!has(LOCK) || !has_events())
		skip("no lock, or no events");
	for (i = 0; i < 3; i++) {
		fd = watch(file_of(LOCK));
		ec_poke(STATUS, ~i & 1);
		log_clear();
		ec_event(codes[i]);
		expect(watch_woken(fd, PATIENCE_MS), "who watches it is not told of 0x%02x", codes[i]);
		expect_is(number_of(LOCK), ~i & 1, LOCK);
		expect_is(ec_writes(), 0, "the number of writes");
	}
	/* Setting it makes the controller report, too. */
	ec_poke(STATUS, 0);
	fd = watch(file_of(LOCK));
	expect_is(set(LOCK, "1"), 0, "setting the lock");
	expect(watch_woken(fd, PATIENCE_MS), "who watches it is not told of the setting");
	expect_is(set(LOCK, "0"), 0, "clearing the lock");
}

/* The bit says so on Slimbook's; on others the model does. */
static void is_there_where_it_should_be(void)
{
	bool by_model = !machine_is("board_vendor", "SLIMBOOK") && !machine_is("product_name", "Rocket");

	expect(has(LOCK), "there is no lock");
	unload();
	ec_poke(0x0765, 0xC0);
	expect_is(load_again(), 0, "loading");
	expect_is(has(LOCK), by_model, "the presence of the lock, without its bit");
}

static const struct test_case cases[] = {
	{ "a new laptop", begin_anew },
	{ "it tells the state", tells_the_state },
	{ "it toggles only what differs", toggles_only_what_differs },
	{ "it leaves other triggers", leaves_other_triggers },
	{ "it survives a failed trigger", survives_a_failed_trigger },
	{ "it survives a lost answer", survives_a_lost_answer },
	{ "it needs to know the state", needs_to_know_the_state },
	{ "it refuses bad values", refuses_bad_values },
	{ "of several that want it one toggles", is_toggled_by_one },
	{ "it tells of the key", tells_of_the_key },
	{ "it is there where it should be", is_there_where_it_should_be },
	{ "and a new laptop again", begin_anew },
};

int main(void)
{
	return RUN_CASES(cases);
}
