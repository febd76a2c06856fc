/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The files that the driver has made: what is new, and what is in it.
 */
#include "init.h"

/* include/linux/fs_types.h */
enum { DT_CHR = 2, DT_DIR = 4, DT_BLK = 6, DT_REG = 8 };

/* arch/x86 has the common value: include/uapi/asm-generic/fcntl.h */
#define O_DIRECTORY 0200000

#define DEPTH 4

static char files[16384];
static size_t size;
static char path[512];

static void keep(void)
{
	struct text text;

	if (size + length(path) + 1 >= sizeof(files))
		return;
	text = (struct text){ files + size, 0, sizeof(files) - size };
	add(&text, path);
	size += text.size + 1;
}

/* Folders that every module, or every device, has: no code of the driver is behind them. */
static int is_of_kernel(const char *name)
{
	return same(name, "sections") || same(name, "notes") || same(name, "power");
}

/* Adds the files in the folder `path`, of `end` bytes. Links lead elsewhere. */
static void enter(size_t end, int depth)
{
	_Alignas(struct entry) char buffer[2048];
	const struct entry *entry;
	long fd = sys_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct text text;
	long got, at;

	if (fd < 0)
		return;
	while ((got = call3(SYS_getdents64, fd, ptr(buffer), sizeof(buffer))) > 0) {
		for (at = 0; at < got; at += entry->size) {
			entry = (const void *)(buffer + at);
			if (entry->name[0] == '.' && (!entry->name[1] || same(entry->name, "..")))
				continue;
			if (is_of_kernel(entry->name))
				continue;
			text = (struct text){ path, end, sizeof(path) };
			add(&text, "/");
			add(&text, entry->name);
			if (entry->type == DT_REG || entry->type == DT_CHR || entry->type == DT_BLK)
				keep();
			else if (entry->type == DT_DIR && depth > 1)
				enter(text.size, depth - 1);
		}
	}
	sys_close(fd);
}

size_t driver_files(const char **names)
{
	const char *new, *at;
	size_t new_size = new_names(&new);
	struct text text;
	long fd;

	size = 0;
	for (at = new; at < new + new_size; at += length(at) + 1) {
		/* To open a watchdog is to start it; /proc/devices stands for a line of it. */
		if (at[0] != '/' || begins(at, "/dev/watchdog") || begins(at, "/proc/devices"))
			continue;
		text = (struct text){ path, 0, sizeof(path) };
		add(&text, at);
		fd = sys_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0) {
			sys_close(fd);
			enter(text.size, DEPTH);
		} else {
			keep();
		}
	}
	*names = files;
	return size;
}
