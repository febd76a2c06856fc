// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program may rely on when it uses /dev/foobar wrongly, or at its
 * limits.  Each line of main() is one promise; the first broken one is named.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../include/uapi/foobar.h"

/* No store is larger. */
#define LARGE 1048576

static char buf[LARGE + 1];

/* Ends the program unless the call returned what it should. */
#define EXPECT(call, wanted) expect(#call, (call), wanted)
static void expect(const char *call, long got, long wanted)
{
	if (got == wanted)
		return;
	printf("contract: %s is %ld, not %ld (%s)\n", call, got, wanted,
	       strerror(errno));
	exit(1);
}

/* The same for a call that must fail, and why. */
#define REFUSES(call, why) refuses(#call, (errno = 0, (call)), why)
static void refuses(const char *call, long got, int why)
{
	if (got == -1 && errno == why)
		return;
	printf("contract: %s is %ld (%s), but should fail (%s)\n", call, got,
	       strerror(errno), strerror(why));
	exit(1);
}

static void drain(int fd)
{
	while (read(fd, buf, LARGE) > 0)
		;
}

static short polled(int fd)
{
	struct pollfd one = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&one, 1, 0) < 0 ? -1 : one.revents;
}

static long set_mode(int fd, unsigned int flags, unsigned int reserved)
{
	struct foobar_mode mode = { .flags = flags, .reserved = reserved };

	return ioctl(fd, FOOBAR_IOC_SET_MODE, &mode);
}

/*
 * Reads four bytes to where memory ends after two, and then the rest.  Returns
 * how many bytes arrived in all.
 */
static long torn(int fd, char *end)
{
	ssize_t first = read(fd, end - 2, 4);
	ssize_t rest = read(fd, buf, 100);

	if (first < 0)
		first = 0;
	if (rest < 0 || memcmp("torn" + first, buf, rest) ||
	    memcmp("torn", end - 2, first))
		return -1;
	return first + rest;
}

/*
 * Calls ioctl as a 32-bit program does: through int 0x80, with a structure
 * below 4 GiB.  Returns 0 where that works, or where the kernel knows no
 * 32-bit programs.
 */
static int compat(int fd)
{
#ifdef __x86_64__
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		struct foobar_stats *stats =
			mmap(NULL, sizeof(*stats), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
		long result = 54; /* ioctl's number for 32-bit programs */

		if (stats == MAP_FAILED)
			_exit(2);
		__asm__ volatile("int $0x80"
				 : "+a"(result)
				 : "b"(fd), "c"(FOOBAR_IOC_GET_STATS), "d"(stats)
				 : "memory", "r8", "r9", "r10", "r11");
		_exit((int)result || !stats->capacity);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -1;
	/* A kernel built without it kills the process instead. */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)
		return 0;
	return status;
#else
	(void)fd;
	return 0;
#endif
}

int main(void)
{
	struct foobar_stats stats;
	int fd = open(FOOBAR_PATH, O_RDWR | O_NONBLOCK);
	int reader = open(FOOBAR_PATH, O_RDONLY);
	long page = sysconf(_SC_PAGESIZE);
	char *nowhere;
	struct pollfd one;
	pid_t child;

	if (fd < 0 || reader < 0) {
		printf("contract: %s: %s\n", FOOBAR_PATH, strerror(errno));
		return 1;
	}
	/* Two pages, the second of which can't be touched. */
	nowhere = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (nowhere == MAP_FAILED)
		return 1;
	nowhere += page;
	EXPECT(mprotect(nowhere, page, PROT_NONE), 0);

	EXPECT(set_mode(fd, 0, 0), 0);
	drain(fd);
	EXPECT(ioctl(fd, FOOBAR_IOC_GET_STATS, &stats), 0);
	EXPECT(stats.used, 0);
	EXPECT(stats.open_files, 2);
	EXPECT(stats.mode, 0);
	EXPECT(stats.reserved, 0);

	/* An empty store is at its end, and has room. */
	EXPECT(read(fd, buf, 1), 0);
	EXPECT(write(fd, buf, 0), 0);
	EXPECT(polled(fd), POLLOUT);

	/* There is no position. */
	REFUSES(lseek(fd, 0, SEEK_SET), ESPIPE);
	REFUSES(pread(fd, buf, 1, 0), ESPIPE);
	REFUSES(pwrite(fd, buf, 1, 0), ESPIPE);

	/* A write is short when the store gets full, and fails when it is. */
	memset(buf, 'x', sizeof(buf));
	EXPECT(write(fd, buf, 10), 10);
	EXPECT(polled(fd), POLLIN | POLLOUT);
	EXPECT(write(fd, buf, sizeof(buf)), stats.capacity - 10);
	REFUSES(write(fd, buf, 1), ENOSPC);
	EXPECT(write(fd, buf, 0), 0);
	EXPECT(polled(fd), POLLIN);

	/* Unless old bytes may be dropped. */
	EXPECT(set_mode(fd, FOOBAR_DROP_OLDEST, 0), 0);
	EXPECT(polled(fd), POLLIN | POLLOUT);
	EXPECT(write(fd, "new\n", 4), 4);
	EXPECT(read(fd, buf, sizeof(buf)), 4);
	EXPECT(memcmp(buf, "new\n", 4), 0);
	EXPECT(set_mode(fd, 0, 0), 0);

	/* A bad address loses nothing of what is stored. */
	EXPECT(write(fd, "kept", 4), 4);
	REFUSES(read(fd, nowhere, 4), EFAULT);
	REFUSES(write(fd, nowhere, 4), EFAULT);
	REFUSES(ioctl(fd, FOOBAR_IOC_GET_STATS, nowhere), EFAULT);
	REFUSES(ioctl(fd, FOOBAR_IOC_SET_MODE, nowhere), EFAULT);
	EXPECT(read(reader, buf, 100), 4);
	EXPECT(memcmp(buf, "kept", 4), 0);
	EXPECT(write(fd, "torn", 4), 4);
	EXPECT(torn(fd, nowhere), 4);

	/* What has no meaning is refused. */
	REFUSES(set_mode(fd, ~0U, 0), EINVAL);
	REFUSES(set_mode(fd, 0, 1), EINVAL);
	REFUSES(ioctl(fd, FOOBAR_IOC_SET_MODE + 1, &stats), ENOTTY);
	REFUSES(ioctl(fd, _IOR(FOOBAR_IOC_MAGIC, 0x01, __u32), &stats), ENOTTY);

	/* Who may only read can neither write nor change anything. */
	REFUSES(set_mode(reader, FOOBAR_DROP_OLDEST, 0), EBADF);
	REFUSES(write(reader, buf, 1), EBADF);
	EXPECT(ioctl(reader, FOOBAR_IOC_GET_STATS, &stats), 0);
	EXPECT(stats.mode, 0);

	/* Somebody who waits for bytes is woken by them. */
	fflush(stdout);
	child = fork();
	if (!child) {
		usleep(50000);
		_exit(write(fd, "!", 1) != 1);
	}
	one = (struct pollfd){ .fd = reader, .events = POLLIN };
	EXPECT(poll(&one, 1, 5000), 1);
	EXPECT(one.revents, POLLIN);
	EXPECT(read(reader, buf, 100), 1);
	EXPECT(waitpid(child, NULL, 0), child);

	/* A 32-bit program means the same. */
	EXPECT(compat(fd), 0);

	printf("contract: ok\n");
	return 0;
}
