/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What is left behind: names that were not there before the driver's first module, and are there after its last.
 */
#include "init.h"

/* A kernel with all its drivers has some 3500 names; a power of two, and never full. */
#define NAMES_MAX 16384

/* Some things go a moment after their module: devices whose last file was closed, caches after a grace period of RCU. */
#define PATIENCE_MS 1000

/* Hashes of names, each near the place that it says; 0 is none. */
static uint64_t known[NAMES_MAX];
static size_t known_count;
static long pid_before;

/* The names that are new, each ended by a NUL. */
static char left[8192];
static size_t left_size;
static long left_count;

/* FNV-1a, <https://www.ietf.org/archive/id/draft-eastlake-fnv-35.html> */
static uint64_t hash(const char *name)
{
	uint64_t value = 0xcbf29ce484222325;

	while (*name)
		value = (value ^ (uint8_t)*name++) * 0x100000001b3;
	return value ? value : 1;
}

static size_t place_of(uint64_t value)
{
	size_t at = value % NAMES_MAX;

	while (known[at] && known[at] != value)
		at = (at + 1) % NAMES_MAX;
	return at;
}

static int remember(const char *name)
{
	uint64_t value = hash(name);
	size_t at = place_of(value);

	if (!known[at] && known_count < NAMES_MAX / 2) {
		known[at] = value;
		known_count++;
	}
	return 0;
}

int is_known(const char *name)
{
	return known[place_of(hash(name))] != 0;
}

static int compare(const char *name)
{
	const char *at;
	struct text text;

	if (is_known(name))
		return 0;
	for (at = left; at < left + left_size; at += length(at) + 1)
		if (same(at, name))
			return 1;
	left_count++;
	if (left_size + length(name) + 1 < sizeof(left)) {
		text = (struct text){ left + left_size, 0, sizeof(left) - left_size };
		add(&text, name);
		left_size += text.size + 1;
	}
	return 1;
}

/* Documentation/dev-tools/kmemleak.rst; only kernels made for debugging have it. */
#define KMEMLEAK "/sys/kernel/debug/kmemleak"

/* Younger objects are not reported (MSECS_MIN_AGE of mm/kmemleak.c). */
#define KMEMLEAK_AGE_MS 5500

static void tell_object(const char *file, char *line)
{
	char text[320];
	struct text out = { text, 0, sizeof(text) };

	(void)file;
	/* Behind the kernel's own line, which says how many there are; what is indented belongs to it. */
	add(&out, "  ");
	add(&out, line);
	say(text);
}

static void report_kmemleak(void)
{
	long old = now_ms() + KMEMLEAK_AGE_MS, left;

	if (call3(SYS_access, ptr(KMEMLEAK), 0, 0) < 0)
		return;
	/* An object whose checksum has changed since the last scan is not reported: this one counts, and the second tells. */
	write_file(KMEMLEAK, "scan");
	left = old - now_ms();
	if (left > 0)
		sys_poll(NULL, 0, left);
	write_file(KMEMLEAK, "scan");
	each_line(KMEMLEAK, tell_object);
}

/* What the kernel writes from the modules' own texts. */
static const char *const risky[] = { "/proc/filesystems", "/proc/ioports", "/proc/iomem" };

void take_snapshot(void)
{
	size_t i;

	memset(known, 0, sizeof(known));
	known_count = 0;
	write_file(KMEMLEAK, "clear");
	look(remember, 0);
	for (i = 0; i < sizeof(risky) / sizeof(risky[0]); i++)
		look_at_lines(risky[i], remember);
	look_at_memory(remember);
	look_at_gone(remember);
	pid_before = last_pid();
}

static void look_again(void)
{
	left_size = 0;
	left_count = 0;
	look(compare, pid_before);
}

size_t new_names(const char **names)
{
	look_again();
	*names = left;
	return left_size;
}

long report_new(void)
{
	long waited = 0, pause = 10;
	const char *at;

	look_again();
	while (left_count > 0 && waited < PATIENCE_MS) {
		sys_poll(NULL, 0, pause);
		waited += pause;
		pause *= 2;
		look_again();
	}
	look_at_memory(compare);
	look_at_gone(compare);
	for (at = left; at < left + left_size; at += length(at) + 1)
		report_name("left", at);
	return left_count;
}

void report_left(const struct plan *plan)
{
	const char *module = loaded_module(plan), *at;
	size_t i, told;

	if (module || known_count >= NAMES_MAX / 2) {
		report("# not-looked %s%s\n", module ? module : "", module ? " is still loaded" : "too many names");
		return;
	}
	report_kmemleak();
	report_new();
	told = left_size;
	for (i = 0; i < sizeof(risky) / sizeof(risky[0]); i++) {
		report("# look %s\n", risky[i]);
		report_flush();
		watch();
		look_at_lines(risky[i], compare);
		unwatch();
	}
	for (at = left + told; at < left + left_size; at += length(at) + 1)
		report_name("left", at);
	report("# looked %d\n", left_count);
}
