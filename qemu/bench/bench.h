/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Evaluates ACPI methods and objects from a test's program, through the
 * module acpi_bench.  README.md beside it tells how to write a request.
 *
 *	bench_call("\\_SB.QCEM.POKE", 2, 0x0751, 0xa0);
 *	if (bench_call("\\_SB.QCEM.PEEK", 1, 0x0751) != 0xa0)
 *		...
 *
 * The number of integers that follow the path is checked by the compiler.
 */
#ifndef BENCH_H
#define BENCH_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BENCH_DEVICE "/dev/acpi_bench"

/*
 * Sends a request and takes the answer, without its newline; where the request
 * failed, that is the reason.  Returns 0 or a negative errno: -ENOENT if there
 * is no such object, -EIO if the firmware's code failed, -EINVAL if the
 * request can't be read, -EFBIG if the answer is longer than `size`.
 */
static inline int bench_ask(char *answer, size_t size, const char *request)
{
	size_t length = 0;
	ssize_t got = 0;
	int error = 0;
	int fd = open(BENCH_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		error = -errno;
		snprintf(answer, size, BENCH_DEVICE ": %s", strerror(-error));
		return error;
	}
	if (write(fd, request, strlen(request)) < 0)
		error = -errno;
	while (length + 1 < size &&
	       (got = read(fd, answer + length, size - length - 1)) > 0)
		length += got;
	answer[length] = '\0';
	if (!error && (!length || answer[length - 1] != '\n'))
		error = -EFBIG;
	answer[strcspn(answer, "\n")] = '\0';
	close(fd);
	return error;
}

static inline int bench_ask_array(char *answer, size_t size, const char *path,
				  int count, const long long *args)
{
	char request[512];
	int length = snprintf(request, sizeof(request), "%s", path);
	int i;

	for (i = 0; i < count && length < (int)sizeof(request); i++)
		length += snprintf(request + length, sizeof(request) - length,
				   " 0x%llx", (unsigned long long)args[i]);
	if (length >= (int)sizeof(request)) {
		snprintf(answer, size, "the path is too long");
		return -EINVAL;
	}
	return bench_ask(answer, size, request);
}

/*
 * Takes the bytes of an answer such as `[01 ff]`.  Returns how many, or -1.
 * sscanf() would measure the rest of the answer at each of them.
 */
static inline int bench_bytes(unsigned char *bytes, int size, const char *answer)
{
	int count = 0;
	char *end;

	if (*answer++ != '[')
		return -1;
	while (*answer != ']') {
		if (count == size)
			return -1;
		bytes[count++] = strtoul(answer, &end, 16);
		if (end == answer)
			return -1;
		answer = end;
	}
	return count;
}

static inline void bench_die(const char *path, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "bench: %s: %s\n", path, why);
	exit(1);
}

static inline int bench_integer(long long *value, char *answer, size_t size,
				const char *path, int count,
				const long long *args)
{
	int error = bench_ask_array(answer, size, path, count, args);
	char *end;

	*value = 0;
	if (error || !strcmp(answer, "nothing"))
		return error;
	*value = strtoull(answer, &end, 0);
	return end == answer || *end ? -EPROTO : 0;
}

static inline int bench_try_array(long long *value, const char *path, int count,
				  const long long *args)
{
	char answer[256];

	return bench_integer(value, answer, sizeof(answer), path, count, args);
}

static inline long long bench_call_array(const char *path, int count,
					 const long long *args)
{
	char answer[256];
	long long value;

	if (bench_integer(&value, answer, sizeof(answer), path, count, args))
		bench_die(path, answer);
	return value;
}

static inline int bench_buffer_array(unsigned char *bytes, int size,
				     const char *path, int count,
				     const long long *args)
{
	static char answer[65536];
	int got;

	if (bench_ask_array(answer, sizeof(answer), path, count, args))
		bench_die(path, answer);
	got = bench_bytes(bytes, size, answer);
	if (got < 0)
		bench_die(path, "no buffer, or too long a one");
	return got;
}

/* Integers of every type become what the functions above expect. */
#define BENCH_ARGS(count, ...)						\
	(count), (const long long[]){ 0, ##__VA_ARGS__ } + 1 +		\
	0 * sizeof(char[sizeof((long long[]){ 0, ##__VA_ARGS__ }) ==	\
			((count) + 1) * sizeof(long long) ? 1 : -1])

/*
 * The integer that a method returns, or 0 if it returns nothing.  A failure,
 * and an answer that is no integer, end the program with status 1.
 */
#define bench_call(path, count, ...) \
	bench_call_array(path, BENCH_ARGS(count, ##__VA_ARGS__))

/*
 * The same without an end: the integer goes to *value, and 0 or a negative
 * errno is returned, which is -EPROTO for an answer that is no integer.
 */
#define bench_try(value, path, count, ...) \
	bench_try_array(value, path, BENCH_ARGS(count, ##__VA_ARGS__))

/*
 * Fills an array of `size` bytes with the buffer that a method returns, and
 * returns its length; ends the program otherwise.
 */
#define bench_buffer(bytes, size, path, count, ...) \
	bench_buffer_array(bytes, size, path, BENCH_ARGS(count, ##__VA_ARGS__))

#endif
