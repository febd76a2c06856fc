/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of what takes its time, and of what the driver does when it is
 * loaded: the log of requests, waiting, watching files, and beginning anew.
 */
#ifndef QC71_AGAIN_H
#define QC71_AGAIN_H

#include "qc71.h"

#include <poll.h>

/* The least of what slow kernels and busy machines need; nobody waits so long if all is well. */
#define PATIENCE_MS	5000

/* ---- The log of requests ---- */

#define LOG_KEPT	256

struct request {
	unsigned int kind, address, data;
};

static inline long long log_count(void)
{
	return bench_call("\\_SB.QCEM.LOGC", 0);
}

static inline void log_clear(void)
{
	bench_call("\\_SB.QCEM.LOGZ", 0);
}

static inline struct request log_at(long long n)
{
	unsigned int entry = bench_call("\\_SB.QCEM.LOGR", 1, n);

	return (struct request) { entry >> 24, entry >> 8 & 0xFFFF, entry & 0xFF };
}

/* Of many, the last ones. */
#define for_each_request(request)					\
	for (long long count_ = log_count(),				\
	     n_ = count_ > LOG_KEPT ? count_ - LOG_KEPT : 0;		\
	     n_ < count_ && ((request) = log_at(n_), true); n_++)

/* How many requests to write this register were made, also of those that failed; the last one's data. */
static inline int log_writes(unsigned int address, int *data)
{
	struct request request;
	int found = 0;

	for_each_request(request) {
		if (!(request.kind & OF_WRITES) || request.address != address)
			continue;
		found++;
		if (data)
			*data = request.data;
	}
	return found;
}

/* ---- Waiting ---- */

static inline long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* What is done by a kernel's worker comes true some time later. */
#define soon(what)							\
	({								\
		long long end_ = now_ms() + PATIENCE_MS;		\
		bool is_;						\
									\
		while (!(is_ = (what)) && now_ms() < end_)		\
			wait_ms(5);					\
		is_;							\
	})

#define expect_soon(is, wanted, what)					\
	do {								\
		(void)soon((long long)(is) == (long long)(wanted));	\
		expect_is(is, wanted, what);				\
	} while (0)

#define QUIET_MS	150
#define QUIET_STEP_MS	30

/*
 * Nobody has asked the controller for anything for so long.  It looks often:
 * on a busy machine the driver's turn may come late, but it comes in between.
 */
static inline void wait_for_quiet_of(int ms)
{
	long long before, count = log_count();
	int quiet = 0;

	while (quiet < ms) {
		wait_ms(QUIET_STEP_MS);
		before = count;
		count = log_count();
		quiet = count == before ? quiet + QUIET_STEP_MS : 0;
	}
}

static inline void wait_for_quiet(void)
{
	wait_for_quiet_of(QUIET_MS);
}

/* Does the driver take all events that the controller has? */
static inline bool events_are_taken(void)
{
	return soon(!bench_call("\\_SB.QCEM.EVCN", 0));
}

/* ---- Texts ---- */

#define expect_text(name, wanted)					\
	do {								\
		char text_[256];					\
									\
		read_text(file_of(name), text_, sizeof(text_));		\
		expect(!strcmp(text_, wanted), "%s is \"%s\", not \"%s\"", name, text_, wanted); \
	} while (0)

/* The machine's name, of /sys/class/dmi/id. */
static inline bool machine_is(const char *file, const char *text)
{
	char path[128], is[128];

	snprintf(path, sizeof(path), "/sys/class/dmi/id/%s", file);
	read_text(path, is, sizeof(is));
	return !strcmp(is, text);
}

/* Does this machine's firmware report events? */
static inline bool has_events(void)
{
	char name[256];

	return find_entry("/sys/bus/wmi/devices", "ABBC0F72", name);
}

/* ---- The keys ---- */

/* The input device's folder below ours, and its node; "" if there is none. */
static inline const char *keys_folder(void)
{
	static char path[300];
	char name[256];

	path[0] = '\0';
	if (find_entry(DEVICE "/input", "input", name))
		snprintf(path, sizeof(path), DEVICE "/input/%s", name);
	return path;
}

static inline const char *keys_node(void)
{
	static char path[300];
	char name[256];

	path[0] = '\0';
	if (find_entry(keys_folder(), "event", name))
		snprintf(path, sizeof(path), "/dev/input/%s", name);
	return path;
}

/* The node may come a little later than the device. */
static inline int open_keys(void)
{
	int fd;

	(void)soon((fd = open(keys_node(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) >= 0);
	return fd;
}

/* ---- Files that tell of their changes ---- */

/* Answers what watch_woken() takes. */
static inline int watch(const char *path)
{
	char text[256];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && read(fd, text, sizeof(text)) < 0)
		text[0] = '\0';
	return fd;
}

/* Was it told of a change?  Closes the file. */
static inline bool watch_woken(int fd, int ms)
{
	struct pollfd wait = { .fd = fd, .events = POLLPRI };
	int got;

	if (fd < 0)
		return false;
	got = poll(&wait, 1, ms);
	close(fd);
	return got > 0 && (wait.revents & POLLPRI);
}

/* ---- The battery ---- */

/*
 * Makes it full or not, as a LED's trigger BAT0-full sees it.  The kernel asks
 * for the charge once a second at most.
 */
static inline void fill_battery(bool full)
{
	wait_ms(1200);
	bench_call("\\_SB.QCEM.BPCT", 1, full ? 100 : 30);
}

/* ---- Beginning anew ---- */

/* A laptop that was just switched on, without the driver. */
static inline void switch_on(void)
{
	ec_works();
	if (is_loaded())
		expect_is(unload(), 0, "unloading");
	ec_reset();
}

/* What the driver does when it comes is done, and no longer in the log. */
static inline void load_and_wait(void)
{
	expect_is(load_again(), 0, "loading");
	wait_for_quiet();
	log_clear();
}

/* A laptop that was just switched on, and the driver loaded on it; also a case. */
static inline void begin_anew(void)
{
	switch_on();
	load_and_wait();
}

/* One that has another value in this register. */
static inline void begin_with(unsigned int address, unsigned int value)
{
	switch_on();
	ec_poke(address, value);
	load_and_wait();
}

#endif
