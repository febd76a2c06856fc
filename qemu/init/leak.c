/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Memory that every cycle of loading and unloading leaves behind, by the kernel's own counts.
 *
 * /proc/slabinfo counts objects that a CPU keeps for itself as used; with slub_debug= there are none, and its numbers
 * are exact (Documentation/mm/slab.rst; deactivation after each allocation in mm/slub.c).
 */
#include "init.h"

#define CACHES_MAX 512

/* The first cycles fill what is kept for later. */
#define WARM_UP 3

/* With fewer cycles, chance could look like a rule. */
#define ENOUGH 8

/* What the kernel frees a moment later, by a worker, must not blur the count; what is left of that, so many cycles do. */
#define PAUSE_MS 10
#define SPAN 4

/* kfree_rcu keeps what it frees for up to 5 s (KFREE_DRAIN_JIFFIES of kernel/rcu/tree.c). */
#define DRAIN_MS 7000

static struct cache {
	char name[32];
	long first;
	/* The last counts, and the least growth in SPAN cycles; -1 before there was one. */
	long counts[SPAN];
	long least;
} caches[CACHES_MAX];
static long cycle_now;
static int cached;

static const char *word(const char *at)
{
	while (*at && *at != ' ')
		at++;
	while (*at == ' ')
		at++;
	return at;
}

/* "name ACTIVE TOTAL SIZE ...": "man 5 slabinfo". */
static void count(const char *file, char *line)
{
	struct cache *cache;
	char name[32] = "";
	const char *active = word(line);
	long number = number_at(active), grown, i;

	(void)file;
	for (i = 0; line[i] && line[i] != ' '; i++)
		if (i < 31)
			name[i] = line[i];
	if (*active < '0' || *active > '9')
		return;
	for (i = 0; i < cached && !same(caches[i].name, name); i++)
		;
	if (i == CACHES_MAX)
		return;
	cache = &caches[i];
	if (i == cached) {
		cached++;
		for (i = 0; i < 32; i++)
			cache->name[i] = name[i];
		for (i = 0; i < SPAN; i++)
			cache->counts[i] = number;
		cache->least = -1;
	}
	if (cycle_now == WARM_UP)
		cache->first = number;
	grown = number - cache->counts[cycle_now % SPAN];
	if (cycle_now >= WARM_UP + SPAN && (cache->least < 0 || grown < cache->least))
		cache->least = grown > 0 ? grown : 0;
	cache->counts[cycle_now % SPAN] = number;
}

void count_objects(long cycle)
{
	cycle_now = cycle;
	if (cycle == 0)
		cached = 0;
	sys_poll(NULL, 0, PAUSE_MS);
	each_line("/proc/slabinfo", count);
}

static void recount(const char *file, char *line)
{
	char name[32] = "";
	long i;

	(void)file;
	for (i = 0; line[i] && line[i] != ' '; i++)
		if (i < 31)
			name[i] = line[i];
	for (i = 0; i < cached; i++)
		if (same(caches[i].name, name))
			caches[i].counts[0] = number_at(word(line));
}

static int quarantine;

static void see_quarantine(const char *file, char *line)
{
	(void)file;
	/* "ADDRESS TYPE NAME" */
	if (same(word(word(line)), "kasan_quarantine_put"))
		quarantine = 1;
}

static long object_size(const char *cache)
{
	char path[96], size[24];
	struct text text = { path, 0, sizeof(path) };

	add(&text, "/sys/kernel/slab/");
	add(&text, cache);
	add(&text, "/object_size");
	return read_file(path, size, sizeof(size)) > 0 ? number_at(size) : 0;
}

long report_growth(long cycles)
{
	long leaks = 0, i, each, counted = cycles - 1 - WARM_UP;

	if (counted < ENOUGH)
		return 0;
	for (i = 0; i < cached; i++)
		leaks += caches[i].least > 0;
	if (!leaks)
		return 0;
	/* KASAN keeps what was freed, and so counts say nothing; such a kernel reports leaks by kmemleak, if it has that. */
	each_line("/proc/kallsyms", see_quarantine);
	if (quarantine) {
		report("# uncounted\n");
		return 0;
	}
	sys_poll(NULL, 0, DRAIN_MS);
	each_line("/proc/slabinfo", recount);
	for (i = leaks = 0; i < cached; i++) {
		/* Rounded, as something else may have been freed meanwhile; and it must have grown all the time. */
		each = (caches[i].counts[0] - caches[i].first + counted / 4) / counted;
		if (each < 1 || caches[i].least * 2 < each * SPAN)
			continue;
		leaks++;
		report("# leak %d %d %s\n", each, object_size(caches[i].name), caches[i].name);
	}
	return leaks;
}
