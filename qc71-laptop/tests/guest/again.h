/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of what takes its time, and of what the driver does when it is
 * loaded: waiting, watching files, the log of requests, and loading again.
 */
#ifndef QC71_AGAIN_H
#define QC71_AGAIN_H

#include "qc71.h"

#include <poll.h>
#include <strings.h>

/* The least of what slow kernels and busy machines need; nobody waits so long if all is well. */
#define PATIENCE_MS	5000

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

/* Nobody has asked the controller for anything for a while. */
static inline void wait_for_quiet(void)
{
	long long count, before;

	do {
		before = bench_call("\\_SB.QCEM.LOGC", 0);
		wait_ms(60);
		count = bench_call("\\_SB.QCEM.LOGC", 0);
	} while (count != before);
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
	DIR *dir = opendir("/sys/bus/wmi/devices");
	struct dirent *entry;
	bool found = false;

	while (dir && (entry = readdir(dir)))
		found |= !strncasecmp(entry->d_name, "ABBC0F72", 8);
	if (dir)
		closedir(dir);
	return found;
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

/* ---- The log of requests ---- */

static inline void log_clear(void)
{
	bench_call("\\_SB.QCEM.LOGZ", 0);
}

/* How many requests to write this register were made, also of those that failed; the last one's data. */
static inline int log_writes(unsigned int address, int *data)
{
	unsigned int count = bench_call("\\_SB.QCEM.LOGC", 0);
	unsigned int i, entry;
	int found = 0;

	for (i = count > 256 ? count - 256 : 0; i < count; i++) {
		entry = bench_call("\\_SB.QCEM.LOGR", 1, i);
		if (!((entry >> 24) & 2) || ((entry >> 8) & 0xFFFF) != address)
			continue;
		found++;
		if (data)
			*data = entry & 0xFF;
	}
	return found;
}

/* ---- The module ---- */

static char again_params[64];

static inline int unload_for_now(void)
{
	char value[8];

	again_params[0] = '\0';
	read_text("/sys/module/" MODULE "/parameters/force", value, sizeof(value));
	if (value[0] == 'Y')
		strcat(again_params, "force=1 ");
	read_text("/sys/module/" MODULE "/parameters/takeover", value, sizeof(value));
	if (value[0] == 'Y')
		strcat(again_params, "takeover=1");
	return unload();
}

static inline int load_again(void)
{
	return load_with(again_params);
}

/* A laptop that was just switched on, and the driver loaded on it; also a case. */
static inline void begin_anew(void)
{
	if (is_loaded())
		expect_is(unload_for_now(), 0, "unloading");
	ec_reset();
	expect_is(load_again(), 0, "loading");
	log_clear();
}

#endif
