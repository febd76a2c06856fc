// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several processes use /dev/foobar at once, each with its own open file.
 * None may fail, and at the end no byte may be missing or invented.
 *
 * Usage: concurrent [processes]
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../include/uapi/foobar.h"

#define ROUNDS 2000
/* Each worker writes a letter of its own. */
#define MAX_WORKERS 26

/* What each worker moved; shared, so that the parent can add it up. */
struct tally {
	unsigned long long written;
	unsigned long long read;
};

static void die(const char *what)
{
	printf("concurrent: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void get_stats(int fd, struct foobar_stats *stats)
{
	if (ioctl(fd, FOOBAR_IOC_GET_STATS, stats))
		die("FOOBAR_IOC_GET_STATS");
	/* These must agree at every moment, or a lock is missing. */
	if (stats->bytes_written !=
	    stats->bytes_read + stats->bytes_lost + stats->used ||
	    stats->used > stats->high_water ||
	    stats->high_water > stats->capacity || !stats->open_files) {
		printf("concurrent: the statistics contradict themselves\n");
		exit(1);
	}
}

/* Reads once, and checks that each byte is one that a worker writes. */
static size_t read_some(int fd)
{
	char buf[100];
	ssize_t got = read(fd, buf, sizeof(buf));
	ssize_t i;

	if (got < 0)
		die("read");
	for (i = 0; i < got; i++) {
		if ((buf[i] < 'A' || buf[i] > 'Z') && buf[i] != '\n') {
			printf("concurrent: read a byte that nobody wrote\n");
			exit(1);
		}
	}
	return got;
}

static void work(int worker, struct tally *tally)
{
	char line[64];
	int round;

	for (round = 0; round < ROUNDS; round++) {
		struct foobar_mode mode = {
			.flags = round & 1 ? FOOBAR_DROP_OLDEST : 0,
		};
		size_t length = 1 + (round * 7 + worker) % sizeof(line);
		struct foobar_stats stats;
		ssize_t put;
		int fd = open(FOOBAR_PATH, O_RDWR);

		if (fd < 0)
			die("open");

		memset(line, 'A' + worker, length);
		line[length - 1] = '\n';
		put = write(fd, line, length);
		if (put < 0 && errno != ENOSPC)
			die("write");
		if (put > 0)
			tally->written += put;

		/* Write more than is read, so that the store is often full. */
		if (round % 3 == 0)
			tally->read += read_some(fd);
		if (ioctl(fd, FOOBAR_IOC_SET_MODE, &mode))
			die("FOOBAR_IOC_SET_MODE");
		get_stats(fd, &stats);
		if (close(fd))
			die("close");
	}
}

int main(int argc, char **argv)
{
	int workers = argc > 1 ? atoi(argv[1]) : 4;
	unsigned long long written = 0, read_back = 0;
	struct foobar_mode mode = { 0 };
	struct foobar_stats before, after;
	struct tally *tallies;
	size_t got;
	int fd, i, failed = 0;

	if (workers < 1 || workers > MAX_WORKERS) {
		printf("concurrent: from 1 to %d processes\n", MAX_WORKERS);
		return 2;
	}

	tallies = mmap(NULL, workers * sizeof(*tallies), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tallies == MAP_FAILED)
		die("mmap");
	fd = open(FOOBAR_PATH, O_RDWR);
	if (fd < 0)
		die("open");
	if (ioctl(fd, FOOBAR_IOC_SET_MODE, &mode))
		die("FOOBAR_IOC_SET_MODE");
	/* What an earlier program left behind is not ours to count. */
	do {
		char rest[256];
		ssize_t n = read(fd, rest, sizeof(rest));

		if (n < 0)
			die("read");
		got = n;
	} while (got);
	get_stats(fd, &before);

	fflush(stdout);
	for (i = 0; i < workers; i++) {
		pid_t child = fork();

		if (child < 0)
			die("fork");
		if (!child) {
			work(i, &tallies[i]);
			exit(0);
		}
	}
	for (i = 0; i < workers; i++) {
		int status;

		if (wait(&status) < 0)
			die("wait");
		failed |= status;
	}
	if (failed)
		return 1;

	for (i = 0; i < workers; i++) {
		written += tallies[i].written;
		read_back += tallies[i].read;
	}
	do {
		got = read_some(fd);
		read_back += got;
	} while (got);
	get_stats(fd, &after);

	if (after.used || after.open_files != before.open_files ||
	    after.bytes_written - before.bytes_written != written ||
	    after.bytes_read - before.bytes_read != read_back ||
	    written - read_back != after.bytes_lost - before.bytes_lost) {
		printf("concurrent: written %llu, read %llu; the driver says %llu, %llu\n",
		       written, read_back,
		       (unsigned long long)(after.bytes_written - before.bytes_written),
		       (unsigned long long)(after.bytes_read - before.bytes_read));
		return 1;
	}

	printf("concurrent: ok\n");
	return 0;
}
