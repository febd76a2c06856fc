/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Which lines of the driver have run: the counts that a kernel with CONFIG_GCOV_KERNEL keeps, also of modules that are gone
 * (Documentation/dev-tools/gcov.rst).
 */
#include "init.h"

#define GCOV "/sys/kernel/debug/gcov"

/* Of all files together. One has some 8 bytes for each branch of its source. */
#define BYTES_MAX (4 * 1024 * 1024)

/* include/linux/fs_types.h */
enum { DT_DIR = 4, DT_REG = 8 };

/* Every other error is a number of the kernel's. */
enum { ENAMETOOLONG = 36, EFBIG = 27 };

static char path[4096];
static char bytes[1024];
static long total;
static long told;

static int ends(const char *text, const char *with)
{
	size_t size = length(text), end = length(with);

	return size >= end && same(text + size - end, with);
}

static void report_hex(const char *from, long size)
{
	static const char digits[] = "0123456789abcdef";
	long i;

	report("# gcov-data ");
	for (i = 0; i < size; i++) {
		report_bytes(&digits[(uint8_t)from[i] >> 4], 1);
		report_bytes(&digits[(uint8_t)from[i] & 15], 1);
	}
	report("\n");
}

/* The file `path`; answers 0, or minus an errno. */
static long tell(void)
{
	long fd = sys_open(path, O_RDONLY | O_CLOEXEC);
	long size = 0, got;

	if (fd < 0)
		return fd;
	/* Its name is that of an object, below the folder that it was compiled in. */
	report_name("gcov", path + length(GCOV));
	while ((got = sys_read(fd, bytes, sizeof(bytes))) > 0) {
		total += got;
		if (total > BYTES_MAX) {
			got = -EFBIG;
			break;
		}
		report_hex(bytes, got);
		size += got;
	}
	sys_close(fd);
	if (got < 0)
		return got;
	report("# gcov-size %d\n", size);
	told++;
	return 0;
}

/* The files below the folder `path`, of `size` bytes. */
static long enter(size_t size)
{
	_Alignas(struct entry) char buffer[1024];
	const struct entry *entry;
	struct text text;
	long fd = sys_open(path, O_RDONLY | O_CLOEXEC);
	long got, at, error = 0;

	if (fd < 0)
		return fd;
	while (!error && (got = call3(SYS_getdents64, fd, ptr(buffer), sizeof(buffer))) > 0) {
		for (at = 0; at < got && !error; at += entry->size) {
			entry = (const void *)(buffer + at);
			if (entry->name[0] == '.' && (!entry->name[1] || same(entry->name, "..")))
				continue;
			if (size + length(entry->name) + 2 > sizeof(path)) {
				error = -ENAMETOOLONG;
				break;
			}
			text = (struct text){ path, size, sizeof(path) };
			add(&text, "/");
			add(&text, entry->name);
			if (entry->type == DT_DIR)
				error = enter(text.size);
			else if (entry->type == DT_REG && ends(entry->name, ".gcda"))
				error = tell();
		}
	}
	sys_close(fd);
	return error ? error : got;
}

void report_counts(void)
{
	struct text text = { path, 0, sizeof(path) };
	long error;

	add(&text, GCOV);
	error = enter(text.size);
	if (error < 0)
		report("# gcov-failed %d\n", -error);
	else
		report("# gcov-done %d\n", told);
	report_flush();
}
