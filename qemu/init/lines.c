/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What has no folder of its own: the lines of some files.
 */
#include "init.h"

static char chunk[4096];

/* Calls `with` for each line of a file, without the blanks around it. A longer line is cut. */
void each_line(const char *file, void (*with)(const char *file, char *line))
{
	static char line[256];
	long fd = sys_open(file, O_RDONLY | O_CLOEXEC);
	long got, i;
	size_t size = 0;

	if (fd < 0)
		return;
	while ((got = sys_read(fd, chunk, sizeof(chunk))) > 0) {
		for (i = 0; i < got; i++) {
			if (chunk[i] != '\n') {
				if (size < sizeof(line) - 1 && !(size == 0 && chunk[i] == ' '))
					line[size++] = chunk[i] == '\t' ? ' ' : chunk[i];
				continue;
			}
			while (size > 0 && line[size - 1] == ' ')
				size--;
			line[size] = '\0';
			if (size > 0)
				with(file, line);
			size = 0;
		}
	}
	sys_close(fd);
}

static int (*found)(const char *name);

static void tell(const char *file, char *line)
{
	char name[320];
	struct text text = { name, 0, sizeof(name) };

	add(&text, file);
	add(&text, ": ");
	add(&text, line);
	found(name);
}

void look_at_lines(const char *file, int (*with)(const char *name))
{
	found = with;
	each_line(file, tell);
}

static const char *wanted;

/* /proc/modules: "NAME SIZE REFERENCES USER,USER, STATE ..."; a dash stands for no users. */
static void tell_holders(const char *file, char *line)
{
	char *at = line;
	const char *held = NULL;
	int word = 0;

	(void)file;
	if (!begins(line, wanted) || line[length(wanted)] != ' ')
		return;
	for (; *at && word < 4; at++) {
		if (*at != ' ')
			continue;
		word++;
		if (word == 2)
			held = at + 1;
		if (word == 4)
			*at = '\0';
	}
	if (held)
		report_name("held", held);
}

void report_holders(const char *module)
{
	wanted = module;
	each_line("/proc/modules", tell_holders);
}

/*
 * /proc/vmallocinfo: "0x...-0x...   20480 CALLER pages=4 vmalloc ...". The caller is a function's name, and a bare
 * address when its code is not there any more: that is memory of a module that has gone.
 */
static void tell_orphan(const char *file, char *line)
{
	char name[96];
	struct text text = { name, 0, sizeof(name) };
	char *size, *caller, *end;

	(void)file;
	for (size = line; *size && *size != ' '; size++)
		;
	while (*size == ' ')
		size++;
	for (caller = size; *caller && *caller != ' '; caller++)
		;
	if (!begins(caller, " 0x"))
		return;
	*caller++ = '\0';
	for (end = caller; *end && *end != ' '; end++)
		;
	*end = '\0';
	add(&text, "vmalloc ");
	add(&text, size);
	add(&text, " from ");
	add(&text, caller);
	found(name);
}

void look_at_memory(int (*with)(const char *name))
{
	found = with;
	each_line("/proc/vmallocinfo", tell_orphan);
}
