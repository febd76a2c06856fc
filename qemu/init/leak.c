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

/* What is neither free nor a cache's: alloc_pages(), dma_alloc_coherent(), a kmalloc() of more than two pages. */
#define PAGES "pages"
#define PAGE_BYTES 4096

/* kfree_rcu keeps what it frees for up to 5 s (KFREE_DRAIN_JIFFIES of kernel/rcu/tree.c), on a busy machine longer. */
#define DRAIN_MS 15000
#define DRAIN_LOOK_MS 1000

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

/* The cache of this name; a new one, without a name yet, or NULL if there is no room for one. */
static struct cache *find(const char *name)
{
	long i;

	for (i = 0; i < cached && !same(caches[i].name, name); i++)
		;
	return i < CACHES_MAX ? &caches[i] : NULL;
}

static void tally(const char *name, long number)
{
	struct cache *cache = find(name);
	long grown, i;

	if (!cache)
		return;
	if (cache == &caches[cached]) {
		cached++;
		for (i = 0; i < 31 && name[i]; i++)
			cache->name[i] = name[i];
		cache->name[i] = '\0';
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

static void recount(const char *name, long number)
{
	struct cache *cache = find(name);

	if (cache && cache < &caches[cached])
		cache->counts[0] = number;
}

static void (*counted_by)(const char *name, long number);
static long pages_there;

/* "name ACTIVE TOTAL SIZE OBJECTS PAGES : tunables 0 0 0 : slabdata ACTIVE SLABS SHARED": "man 5 slabinfo". */
static void see_cache(const char *file, char *line)
{
	const char *active = word(line), *at = active;
	long pages, i;

	(void)file;
	if (*active < '0' || *active > '9')
		return;
	for (i = 0; i < 4; i++)
		at = word(at);
	pages = number_at(at);
	for (i = 0; i < 9; i++)
		at = word(at);
	/* What a cache has of pages may be kept for later. */
	pages_there += pages * number_at(at);
	for (i = 0; line[i] != ' ' && i < 31; i++)
		;
	line[i] = '\0';
	counted_by(line, number_at(active));
}

/* "pages free     NUMBER" of a zone, and "count: NUMBER" of what a CPU keeps of it: mm/vmstat.c, zoneinfo_show_print(). */
static void see_zone(const char *file, char *line)
{
	(void)file;
	if (begins(line, "pages free "))
		pages_there += number_at(word(word(line)));
	else if (begins(line, "count: "))
		pages_there += number_at(word(line));
}

static void count(void (*by)(const char *name, long number))
{
	counted_by = by;
	pages_there = 0;
	each_line("/proc/slabinfo", see_cache);
	each_line("/proc/zoneinfo", see_zone);
	/* Without the caches' pages (CONFIG_SLUB_TINY) the others mean nothing. */
	if (cached)
		by(PAGES, -pages_there);
}

void count_objects(long cycle)
{
	cycle_now = cycle;
	if (cycle == 0)
		cached = 0;
	sys_poll(NULL, 0, PAUSE_MS);
	count(tally);
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

/* How many objects every one of so many cycles has left; none unless their number has grown all the time. */
static long left_each(const struct cache *cache, long cycles)
{
	/* Rounded, as something else may have been freed meanwhile. */
	long each = (cache->counts[0] - cache->first + cycles / 4) / cycles;

	return each > 0 && cache->least * 2 >= each * SPAN ? each : 0;
}

/* What is only freed late is given a while to go. */
static void wait_for_late(long cycles)
{
	long waited, left = 1, i;

	for (waited = 0; left && waited < DRAIN_MS; waited += DRAIN_LOOK_MS) {
		sys_poll(NULL, 0, DRAIN_LOOK_MS);
		count(recount);
		for (i = left = 0; i < cached; i++)
			left += left_each(&caches[i], cycles);
	}
}

long report_growth(long cycles)
{
	long leaks = 0, counted = cycles - 1 - WARM_UP, i, each, size;
	int has_grown = 0;

	for (i = 0; i < cached; i++)
		has_grown |= caches[i].least > 0;
	if (counted < ENOUGH || !has_grown)
		return 0;
	/* KASAN keeps what was freed, and so counts say nothing; such a kernel reports leaks by kmemleak, if it has that. */
	each_line("/proc/kallsyms", see_quarantine);
	if (quarantine) {
		report("# uncounted\n");
		return 0;
	}
	wait_for_late(counted);
	for (i = 0; i < cached; i++) {
		each = left_each(&caches[i], counted);
		if (!each)
			continue;
		size = PAGE_BYTES;
		if (!same(caches[i].name, PAGES))
			size = object_size(caches[i].name);
		/* Others free a few pages meanwhile: what the cycles show is nearer to the truth. */
		else if (each < caches[i].least / SPAN)
			each = caches[i].least / SPAN;
		leaks++;
		report("# leak %d %d %s\n", each, size, caches[i].name);
	}
	return leaks;
}
