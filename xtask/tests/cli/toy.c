/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Every program of the fake archive, told apart by the name it is started
 * under. Static and without libc, since a tool root of the tests has nothing
 * else in it. It is a kernel module as well, as far as its .modinfo goes: what
 * the toy make builds is a copy of itself.
 */

enum { READ = 0, WRITE = 1, OPEN = 2, CLOSE = 3, PAUSE = 34, FORK = 57, EXIT_GROUP = 231 };
enum { O_WRONLY_CREAT_TRUNC = 01 | 0100 | 01000 };

__attribute__((section(".modinfo"), used))
static const char modinfo[] = "name=toy\0vermagic=6.1.0-2-amd64 SMP preempt mod_unload";

static long sys(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

static long length(const char *s)
{
	long n = 0;

	while (s[n])
		n++;
	return n;
}

static int same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static void say(int fd, const char *s)
{
	sys(WRITE, fd, (long)s, length(s));
}

static const char *path_in(const char *dir, const char *name)
{
	static char path[4096];
	char *to = path;

	while (*dir && to < path + sizeof(path) - 64)
		*to++ = *dir++;
	*to++ = '/';
	while (*name)
		*to++ = *name++;
	*to = 0;
	return path;
}

static int copy(const char *from, const char *to)
{
	static char buffer[65536];
	long in = sys(OPEN, (long)from, 0, 0);
	long out = sys(OPEN, (long)to, O_WRONLY_CREAT_TRUNC, 0644);
	long n;

	if (in < 0 || out < 0)
		return 2;
	while ((n = sys(READ, in, (long)buffer, sizeof(buffer))) > 0)
		sys(WRITE, out, (long)buffer, n);
	sys(CLOSE, in, 0, 0);
	sys(CLOSE, out, 0, 0);
	return 0;
}

/* The driver's file `toy` says what the build is to do. */
static int make(int argc, char **argv)
{
	static char order[64];
	const char *dir = 0;
	long fd, n = 0;

	for (int i = 1; i < argc; i++)
		if (argv[i][0] == 'M' && argv[i][1] == '=')
			dir = argv[i] + 2;
	if (!dir)
		return 2;
	fd = sys(OPEN, (long)path_in(dir, "toy"), 0, 0);
	if (fd >= 0)
		n = sys(READ, fd, (long)order, sizeof(order) - 1);
	while (n > 0 && order[n - 1] == '\n')
		order[--n] = 0;
	if (same(order, "refuse")) {
		say(2, path_in(dir, "toy.c:1:1: error: toys are not allowed\n"));
		return 2;
	}
	if (same(order, "hang")) {
		if (sys(FORK, 0, 0, 0) != 0)
			sys(OPEN, (long)path_in(dir, "hanging"), O_WRONLY_CREAT_TRUNC, 0644);
		for (;;)
			sys(PAUSE, 0, 0, 0);
	}
	fd = sys(OPEN, (long)path_in(dir, "modules.order"), O_WRONLY_CREAT_TRUNC, 0644);
	say(fd, "toy.o\n");
	return copy("/proc/self/exe", path_in(dir, "toy.ko"));
}

__attribute__((used))
static void start(long *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);
	const char *name = argv[0];
	int status = 0;

	for (const char *s = argv[0]; *s; s++)
		if (*s == '/')
			name = s + 1;
	if (same(name, "make"))
		status = make(argc, argv);
	else if (same(name, "busybox") && argc > 1 && same(argv[1], "--list"))
		say(1, "cat\nsh\n");
	sys(EXIT_GROUP, status, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall start\n");
