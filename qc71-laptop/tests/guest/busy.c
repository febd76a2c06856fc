// SPDX-License-Identifier: GPL-2.0-only
/* Unloading while the driver is in use: by open files, by readers and writers, by keys. */
#include <pthread.h>

#include "files.h"

#define THREADS 3

static char paths[COUNT(files)][512];
static unsigned int path_count;
static volatile bool stop;

/*
 * Since 6.14 the core of the profiles removes one under a lock that whoever
 * reads the profiles waits for, while the removal waits for the reader: both
 * for ever, whichever driver's profile it is.
 */
static bool may_be_used(const char *path)
{
	return strcmp(path, PROFILE) || !kernel_is_at_least(6, 14);
}

/* By hand, and with the fans by hand, so that there is something to give back. */
static void take_control(void)
{
	const struct file *file;

	begin_anew();
	path_count = 0;
	for_each_file(file)
		snprintf(paths[path_count++], sizeof(paths[0]), "%s", path_of(file));
	expect_is(set("manual_control", "1"), 0, "manual_control");
	expect_is(ec_peek(0x0741) & 0x01, 1, "manual control");
	if (has("hwmon/pwm1_enable")) {
		expect_is(set("hwmon/pwm1_enable", "0"), 0, "pwm1_enable");
		expect_is(ec_peek(0x0751) & 0x40, 0x40, "the fans' boost");
	}
}

static void expect_given_back(void)
{
	expect(!is_loaded(), "it is still loaded");
	expect(!exists(DEVICE), "the platform device is left");
	expect_is(ec_peek(0x0741) & 0x01, 0, "manual control");
	expect_is(ec_peek(0x0751) & 0x40, 0, "the fans' boost");
	expect_is(ec_malformed(), 0, "the number of malformed requests");
}

static void expect_new_life(void)
{
	expect_is(load_again(), 0, "loading again");
	expect_is(number_of("hwmon/temp1_input"), 45000, "temp1_input");
	expect_is(set("manual_control", "1"), 0, "manual_control");
	expect_is(ec_peek(0x0741) & 0x01, 1, "manual control");
	expect_is(set("manual_control", "0"), 0, "manual_control");
}

static void open_files(void)
{
	int readers[COUNT(files)], writers[COUNT(files)];
	long long before;
	unsigned int i;
	char text[64];

	take_control();
	for (i = 0; i < path_count; i++) {
		readers[i] = open(paths[i], O_RDONLY | O_CLOEXEC);
		writers[i] = open(paths[i], O_WRONLY | O_CLOEXEC);
		expect(readers[i] >= 0, "%s can't be opened", paths[i]);
	}
	expect_is(unload(), 0, "unloading");
	expect_given_back();
	before = log_count();
	for (i = 0; i < path_count; i++) {
		expect(read(readers[i], text, sizeof(text)) < 0, "%s can still be read", paths[i]);
		expect(writers[i] < 0 || write(writers[i], "1", 1) < 0, "%s can still be written", paths[i]);
	}
	expect_is(log_count(), before, "the number of requests");
	/* The new ones are others. */
	expect_new_life();
	for (i = 0; i < path_count; i++) {
		expect(read(readers[i], text, sizeof(text)) < 0, "%s can be read again", paths[i]);
		close(readers[i]);
		close(writers[i]);
	}
}

static void open_input(void)
{
	char event[256];
	int fd;

	take_control();
	fd = open_keys();
	expect(fd >= 0, "there are no keys");
	expect_is(unload(), 0, "unloading");
	expect_given_back();
	while (read(fd, event, sizeof(event)) > 0)
		;
	expect_is(errno, ENODEV, "the error of a device that is gone");
	expect_new_life();
	close(fd);
}

/* Either it goes, or it stays as it was. */
static void open_debugfs(void)
{
	char text[64];
	int fd, error;

	take_control();
	fd = open("/sys/kernel/debug/" MODULE "/ec", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		skip("debugfs is not mounted");
	error = unload();
	expect(!error || error == -EWOULDBLOCK, "unloading is %d", error);
	if (error) {
		expect_is(number_of("hwmon/temp1_input"), 45000, "temp1_input");
		expect(read(fd, text, sizeof(text)) > 0, "it can't be read");
		close(fd);
		expect_is(unload(), 0, "unloading");
	} else {
		expect(read(fd, text, sizeof(text)) < 0, "it can still be read");
		close(fd);
	}
	expect_given_back();
	expect_new_life();
}

static void *read_all(void *unused)
{
	char text[64];
	unsigned int i;

	while (!stop)
		for (i = 0; i < path_count && !stop; i++)
			if (may_be_used(paths[i]))
				read_text(paths[i], text, sizeof(text));
	return unused;
}

/* But for who is in charge, which would be taken again and again. */
static void *write_all(void *unused)
{
	unsigned int i, round = 0;

	while (!stop) {
		round++;
		for (i = 0; i < path_count && !stop; i++)
			if (!strstr(paths[i], "_input") && may_be_used(paths[i]))
				write_text(paths[i], round & 1 ? "1" : "0");
	}
	return unused;
}

static void *press_keys(void *unused)
{
	static const unsigned int codes[] = { 0xa4, 0xa5, 0xa6, 0xa7, 0xab, 0xb0, 0xb3, 0xb8, 0xbc, 0x3c, 0xf0, 0x77 };
	unsigned int i = 0;

	while (!stop)
		ec_event(codes[i++ % COUNT(codes)]);
	return unused;
}

static void in_use_by(void *(*use)(void *), int threads)
{
	pthread_t thread[THREADS];
	int round, i, error = 0;

	for (round = 0; round < 3; round++) {
		take_control();
		stop = false;
		for (i = 0; i < threads; i++)
			expect(!pthread_create(&thread[i], NULL, use, NULL), "no thread");
		/* Each time at another moment. */
		wait_ms(100 + 37 * round);
		/* Somebody may be right inside one of its functions, and then it is asked again. */
		for (i = 0; i < 100; i++) {
			error = unload();
			if (error != -EWOULDBLOCK)
				break;
			wait_ms(10);
		}
		expect_is(error, 0, "unloading");
		expect_given_back();
		stop = true;
		for (i = 0; i < threads; i++)
			pthread_join(thread[i], NULL);
		expect_given_back();
		ec_reset();
		expect_new_life();
	}
}

static void readers(void)
{
	in_use_by(read_all, THREADS);
}

static void writers(void)
{
	in_use_by(write_all, THREADS);
}

static void keys(void)
{
	in_use_by(press_keys, 1);
}

/* Events that nobody took yet, when the driver goes and when it comes. */
static void pending(void)
{
	int i, round;

	for (round = 0; round < 3; round++) {
		take_control();
		for (i = 0; i < 16; i++)
			ec_event(i & 1 ? 0xa7 : 0xab);
		expect_is(unload(), 0, "unloading");
		expect_given_back();
		for (i = 0; i < 16; i++)
			ec_event(0xb8);
		expect_new_life();
	}
}

static const struct test_case cases[] = {
	{ "while its files are open", open_files },
	{ "while its keys are open", open_input },
	{ "while its registers are open", open_debugfs },
	{ "while its files are read", readers },
	{ "while its files are written", writers },
	{ "while keys are pressed", keys },
	{ "while events are pending", pending },
	{ "all is as before", begin_anew },
};

int main(void)
{
	return RUN_CASES(cases);
}
