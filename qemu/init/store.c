/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What was delivered: it stays in memory until somebody needs it as files, since to make one costs an emulated kernel that has just
 * been restored more than to take a module from memory.
 */
#include "init.h"

#define FILES_MAX 256

struct stored {
	const char *path;
	char *bytes;
	size_t size;
	unsigned long mode;
};
static struct stored files[FILES_MAX];
static size_t count;

static void put(const struct stored *file)
{
	long fd = call3(SYS_open, ptr(file->path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, (long)file->mode);
	size_t done = 0;
	long wrote;

	if (fd < 0)
		bail_out("delivery: create", file->path, fd);
	while (done < file->size) {
		wrote = sys_write(fd, file->bytes + done, file->size - done);
		if (wrote <= 0)
			bail_out("delivery: write", file->path, wrote);
		done += (size_t)wrote;
	}
	sys_close(fd);
}

void store(const char *path, void *bytes, size_t size, unsigned long mode)
{
	const struct stored file = { path, bytes, size, mode };

	if (count < FILES_MAX)
		files[count++] = file;
	else
		put(&file);
}

char *stored(const char *path, size_t *size)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (same(files[i].path, path)) {
			*size = files[i].size;
			return files[i].bytes;
		}
	}
	return NULL;
}

void put_files(void)
{
	size_t i;

	for (i = 0; i < count; i++)
		put(&files[i]);
	count = 0;
}
