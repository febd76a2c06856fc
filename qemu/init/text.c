/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Texts, and small files that hold one.
 */
#include "init.h"

size_t length(const char *text)
{
	size_t size = 0;

	while (text[size])
		size++;
	return size;
}

int same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

int begins(const char *text, const char *with)
{
	while (*with && *text == *with) {
		text++;
		with++;
	}
	return !*with;
}

long number_at(const char *text)
{
	long value = 0;
	int digits;

	for (digits = 0; digits < 18 && *text >= '0' && *text <= '9'; digits++)
		value = value * 10 + (*text++ - '0');
	return value;
}

char *decimal(long value, char out[24])
{
	char *at = out + 23;

	*at = '\0';
	do {
		*--at = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	return at;
}

void add(struct text *text, const char *more)
{
	while (*more && text->size + 1 < text->room)
		text->bytes[text->size++] = *more++;
	if (text->size < text->room)
		text->bytes[text->size] = '\0';
}

long read_file(const char *path, char *out, size_t room)
{
	long fd = sys_open(path, O_RDONLY | O_CLOEXEC);
	long got;

	if (fd < 0) {
		out[0] = '\0';
		return fd;
	}
	got = sys_read(fd, out, room - 1);
	sys_close(fd);
	if (got > 0 && out[got - 1] == '\n')
		got--;
	out[got > 0 ? got : 0] = '\0';
	return got;
}
