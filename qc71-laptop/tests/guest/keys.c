// SPDX-License-Identifier: GPL-2.0-only
/* What the controller reports, and what of it becomes a key. */
#include "again.h"

#include <linux/input.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#define MARK		0xA4	/* an event that is a key on every model */
#define MARK_KEY	KEY_RFKILL

/* Keys of all models; the performance key, which differs, is below. */
static const struct {
	unsigned int code;
	int key;
} keys[] = {
	{ 0x04, KEY_TOUCHPAD_ON }, { 0x05, KEY_TOUCHPAD_OFF }, { 0xA4, KEY_RFKILL }, { 0xA5, KEY_FN_F2 },
	{ 0xB1, KEY_KBDILLUMDOWN }, { 0xB2, KEY_KBDILLUMUP }, { 0xB7, KEY_MICMUTE }, { 0xB8, KEY_FN_ESC },
	{ 0xB9, KEY_KBDILLUMTOGGLE }, { 0xCF, KEY_FN_F12 },
};

static bool reports_requests(void)
{
	return machine_is("product_name", "EVO14-A8") || machine_is("product_name", "CREA15-A8-RTX");
}

static bool reports_changes(void)
{
	return machine_is("product_name", "EXECUTIVE-14");
}

/* The key of an event, or 0. */
static int key_of(unsigned int code)
{
	unsigned int i;

	for (i = 0; i < COUNT(keys); i++)
		if (keys[i].code == code)
			return keys[i].key;
	if ((code == 0xB0 && reports_requests()) || (code == 0xBC && reports_changes()))
		return KEY_FN_F5;
	return 0;
}

/* ---- The input device ---- */

/*
 * The next key that is pressed, 0 if none is within so many ms.  Each must be
 * pressed and released, and nothing else may come.
 */
static int next_key(int fd, int ms)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	struct input_event event;
	int pressed = 0;

	while (poll(&wait, 1, pressed ? PATIENCE_MS : ms) > 0 && read(fd, &event, sizeof(event)) == sizeof(event)) {
		if (event.type == EV_SYN) {
			expect_is(event.code, SYN_REPORT, "the kind of SYN");
			continue;
		}
		if (event.type == EV_MSC && event.code == MSC_SCAN)
			continue;	/* which event it was */
		expect(event.type == EV_KEY, "an event of type %d, code 0x%x", event.type, event.code);
		if (event.value) {
			expect(!pressed && event.value == 1, "key %d comes while %d is down",
			       event.code, pressed);
			pressed = event.code;
		} else {
			expect(pressed == event.code, "key %d was not down", event.code);
			/* The SYN that follows. */
			if (read(fd, &event, sizeof(event)) != sizeof(event))
				expect(0, "there is no SYN after the release");
			return pressed;
		}
	}
	return 0;
}

static void wait_until_taken(void)
{
	expect(events_are_taken(), "nobody takes the events");
}

/* How many keys come before the mark's, and the first of them. */
static int keys_before_mark(int fd, int *first)
{
	int count = 0;
	int key;

	*first = 0;
	wait_until_taken();
	wait_ms(2);
	ec_event(MARK);
	while ((key = next_key(fd, PATIENCE_MS)) && key != MARK_KEY) {
		if (!count++)
			*first = key;
	}
	expect(key == MARK_KEY, "no key comes any more");
	return count;
}

/* Newer kernels handle events side by side, so one that the driver asks the controller about may be overtaken. */
static void expect_key(int fd, unsigned int code, int wanted)
{
	int got, count;

	ec_event(code);
	if (wanted)
		expect_is(next_key(fd, PATIENCE_MS), wanted, "the key of an event");
	else if (code == 0xB0 || code == 0xBC)
		wait_for_quiet();
	count = keys_before_mark(fd, &got);
	expect(!count, "event 0x%02x is %d keys more, the first %d", code, count, got);
}

/* ---- Cases ---- */

static void is_one_device(void)
{
	unsigned long bits[KEY_CNT / 8 / sizeof(long) + 1] = { 0 };
	char name[64] = "", phys[64] = "";
	int fd = open_keys();
	unsigned int i;

	expect(fd >= 0, "there is no input device");
	if (fd < 0)
		return;
	ioctl(fd, EVIOCGNAME(sizeof(name)), name);
	ioctl(fd, EVIOCGPHYS(sizeof(phys)), phys);
	expect(strstr(name, "QC71"), "its name is \"%s\"", name);
	expect(!strcmp(phys, MODULE "/input0"), "its place is \"%s\"", phys);
	/* What is not announced is not reported either. */
	ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(bits)), bits);
	for (i = 0; i < COUNT(keys); i++) {
		int key = keys[i].key;

		expect(bits[key / 8 / sizeof(long)] >> (key % (8 * sizeof(long))) & 1,
		       "key %d is not announced", key);
	}
	close(fd);
}

/* All codes of a byte: those that are keys, those that are none, and those that nobody knows. */
static void knows_every_code(void)
{
	int fd = open_keys();
	unsigned int code;

	for (code = 0; code < 0x100; code++) {
		log_clear();
		expect_key(fd, code, key_of(code));
		/* Settings are written again when the mains change, and at no other time. */
		if (code != 0xAB)
			expect(!ec_writes(), "event 0x%02x writes %ld times", code, ec_writes());
	}
	close(fd);
}

/* In manual mode the controller leaves the performance key to others, whatever the model. */
static void has_a_key_in_manual_mode(void)
{
	int fd = open_keys();

	expect_is(set("manual_control", "1"), 0, "setting manual_control");
	expect_key(fd, 0xB0, KEY_FN_F5);
	expect_key(fd, 0xB1, KEY_KBDILLUMDOWN);
	expect_key(fd, 0xB9, KEY_KBDILLUMTOGGLE);
	if (!reports_requests()) {
		expect_is(set("manual_control", "0"), 0, "clearing manual_control");
		expect_key(fd, 0xB0, 0);
	}
	close(fd);
}

static void knows_no_longer_codes(void)
{
	static const unsigned int codes[] = { 0x100, 0x1A4, 0x100B1, 0xA4000000, 0x7FFFFFFF, 0x80000000,
		0xFFFFFFA4, 0xFFFFFFFF };
	int fd = open_keys();
	unsigned int i;

	for (i = 0; i < COUNT(codes); i++)
		expect_key(fd, codes[i], 0);
	close(fd);
}

static void takes_no_strange_event(void)
{
	int fd = open_keys();
	int kind, got;

	for (kind = 1; kind <= 3; kind++) {
		bench_call("\\_SB.QCEM.EVTS", 1, kind);
		expect_is(keys_before_mark(fd, &got), 0, "the number of keys of a strange event");
	}
	/* Notified, but no event is there. */
	bench_call("\\_SB.QCEM.EVNT", 1, 0);
	bench_call("\\_SB.QCEM.EVTZ", 0);
	expect_is(keys_before_mark(fd, &got), 0, "the number of keys of nothing");
	close(fd);
}

/* They are somebody else's, and told about nowhere. */
static void is_silent_about_others(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int fd = open_keys();
	char line[2048];
	ssize_t length;
	int i, got;

	lseek(log, 0, SEEK_END);
	log_clear();
	for (i = 0; i < 4; i++) {
		bench_call(i & 1 ? "\\_SB.QCEM.EVN1" : "\\_SB.QCEM.EVN0", 0);
		expect_is(keys_before_mark(fd, &got), 0, "the number of keys");
	}
	expect_is(ec_reads() + ec_writes(), 0, "the number of requests");
	while ((length = read(log, line, sizeof(line) - 1)) > 0) {
		line[length] = '\0';
		line[strcspn(line, "\n")] = '\0';
		expect(0, "the kernel said: %s", line);
	}
	close(log);
	close(fd);
}

static void loses_none_of_a_burst(void)
{
	static const struct { unsigned int code; int key; } two[] = {
		{ 0xB1, KEY_KBDILLUMDOWN }, { 0xB2, KEY_KBDILLUMUP },
	};
	int fd = open_keys();
	int sent = 0, got = 0, pressed[2] = { 0, 0 }, key = 1;

	while (got < 64 && key) {
		/* The controller holds sixteen, an input device that nobody reads some twelve. */
		if (sent < 64 && sent - got < 10) {
			sent += !!bench_call("\\_SB.QCEM.EVNT", 1, two[sent & 1].code);
			continue;
		}
		key = next_key(fd, PATIENCE_MS);
		got += !!key;
		pressed[0] += key == two[0].key;
		pressed[1] += key == two[1].key;
	}
	expect_is(pressed[0], 32, "the number of presses of one key");
	expect_is(pressed[1], 32, "the number of presses of the other key");
	expect_is(keys_before_mark(fd, &key), 0, "the number of keys after that");
	close(fd);
}

/* More than anybody holds: what is too much is lost, but nothing else. */
static void survives_a_flood(void)
{
	int sent, got, fd;

	for (sent = 0; sent < 64; sent++)
		bench_call("\\_SB.QCEM.EVNT", 1, sent & 1 ? 0xB1 : 0xF0);
	wait_until_taken();
	wait_for_quiet();
	fd = open_keys();
	expect_is(keys_before_mark(fd, &got), 0, "the number of keys after a flood");
	expect_key(fd, 0xB7, KEY_MICMUTE);
	close(fd);
}

/* Events of all sorts, until it is killed. */
static pid_t start_sender(void)
{
	static const unsigned int codes[] = { 0xA4, 0xF0, 0xB1, 0xAB, 0xA6, 0xBC, 0xA5, 0xA7, 0xB8, 0xB0 };
	pid_t child = fork();
	unsigned int i;

	if (child)
		return child;
	for (i = 0; ; i = (i + 1) % COUNT(codes)) {
		if (!bench_call("\\_SB.QCEM.EVNT", 1, codes[i]))
			wait_ms(1);
	}
}

static void may_go_at_any_time(void)
{
	pid_t child = start_sender();
	struct pollfd wait = { .events = POLLIN };
	struct input_event event;
	int i, fd, got;

	for (i = 0; i < 8; i++) {
		fd = open_keys();
		wait_ms(13 * i);
		/* An open device does not hold the module, and ends. */
		expect_is(unload(), 0, "unloading");
		while (read(fd, &event, sizeof(event)) > 0)
			;
		expect_is(errno, ENODEV, "the error of a key that is gone");
		wait.fd = fd;
		expect(poll(&wait, 1, 0) == 1 && (wait.revents & POLLHUP), "poll() waits for keys that are gone");
		close(fd);
		expect_is(load_again(), 0, "loading");
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	bench_call("\\_SB.QCEM.EVTZ", 0);

	begin_anew();
	fd = open_keys();
	expect_key(fd, 0xB7, KEY_MICMUTE);
	expect_is(keys_before_mark(fd, &got), 0, "the number of keys after that");
	close(fd);
}

static void hears_nothing_when_gone(void)
{
	expect_is(unload(), 0, "unloading");
	log_clear();
	ec_event(0xAB);
	ec_event(0xF0);
	bench_call("\\_SB.QCEM.EVTZ", 0);
	wait_for_quiet();
	expect_is(ec_reads() + ec_writes(), 0, "the number of requests");
	expect_is(load_again(), 0, "loading");
}

static const struct test_case cases[] = {
	{ "a new laptop", begin_anew },
	{ "the keys are one device", is_one_device },
	{ "every code is the right key or none", knows_every_code },
	{ "manual mode silences no key", has_a_key_in_manual_mode },
	{ "longer codes are none", knows_no_longer_codes },
	{ "events of other types are none", takes_no_strange_event },
	{ "notifications of others are none", is_silent_about_others },
	{ "none of a burst is lost", loses_none_of_a_burst },
	{ "more than it can hold does no harm", survives_a_flood },
	{ "events do not hinder unloading", may_go_at_any_time },
	{ "nothing is heard after unloading", hears_nothing_when_gone },
	{ "and a new laptop again", begin_anew },
};

int main(void)
{
	if (!has_events()) {
		printf("KTAP version 1\n1..0 # SKIP no events\n");
		return 4;
	}
	return RUN_CASES(cases);
}
