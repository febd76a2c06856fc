/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A meeting with a debugger of the host's, which stands at a function of ours and is told there what only the guest knows: where the
 * kernel has the functions through which every module goes. It has no names for them in a kernel without symbols.
 */
#include "init.h"

/* What a program at the same address does not have in its registers by chance. */
#define MAGIC 0x6d65657464656275L

/*
 * kernel/module/main.c, before 6.0 kernel/module.c. The first is called when a module is in its place, just before its init, and is kept
 * out of line for debuggers; the second when it goes.
 */
static const char *const names[] = { "do_init_module", "free_module" };
enum { NAMES = sizeof(names) / sizeof(names[0]) };

void meet_debugger(long loads, long frees, long magic);

/* The debugger reads its arguments where they are passed (System V ABI, x86-64, 3.2.3): rdi, rsi and rdx. */
__attribute__((noinline, used)) void meet_debugger(long loads, long frees, long magic)
{
	__asm__ volatile("" : : "r"(loads), "r"(frees), "r"(magic) : "memory");
}

/* A line of /proc/kallsyms, `ffffffff81112340 t do_init_module`, of which those of modules have a tab and more. */
struct line {
	uint64_t address;
	/* Of the blanks; behind the second one is the name. */
	int blanks;
	size_t size;
	char name[20];
};

static void follow(struct line *line, char c)
{
	if (c == ' ')
		line->blanks++;
	else if (line->blanks == 0)
		line->address = line->address * 16 + (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	else if (line->blanks == 2 && line->size < sizeof(line->name) - 1)
		line->name[line->size++] = c;
}

void await_debugger(void)
{
	static char chunk[65536];
	struct line line = { 0, 0, 0, "" };
	uint64_t found[NAMES] = { 0, 0 };
	long fd = sys_open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	long got, i;
	int left = NAMES, known;

	/* The whole of it takes an emulated machine a second. */
	while (fd >= 0 && left > 0 && (got = sys_read(fd, chunk, sizeof(chunk))) > 0) {
		for (i = 0; i < got && left > 0; i++) {
			if (chunk[i] != '\n') {
				follow(&line, chunk[i]);
				continue;
			}
			line.name[line.size] = '\0';
			for (known = 0; known < NAMES; known++) {
				if (!found[known] && same(line.name, names[known])) {
					found[known] = line.address;
					left--;
				}
			}
			line = (struct line){ 0, 0, 0, "" };
		}
	}
	if (fd >= 0)
		sys_close(fd);
	meet_debugger((long)found[0], (long)found[1], MAGIC);
}
