/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Every program of the fake archive, told apart by the name it is started
 * under. Static and without libc, since a tool root of the tests has nothing
 * else in it. It is a kernel module as well, as far as its .modinfo goes: what
 * the toy make builds is a copy of itself.
 */

enum { READ = 0, WRITE = 1, OPEN = 2, CLOSE = 3, PAUSE = 34, FORK = 57, CHDIR = 80, EXIT_GROUP = 231 };
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

static const char *joined(const char *first, const char *second)
{
	static char text[4096];
	char *to = text;

	while (*first && to < text + sizeof(text) - 64)
		*to++ = *first++;
	while (*second)
		*to++ = *second++;
	*to = 0;
	return text;
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
		else if (same(argv[i], "-C") && i + 1 < argc)
			sys(CHDIR, (long)argv[i + 1], 0, 0);
	if (!dir)
		return 2;
	fd = sys(OPEN, (long)joined(dir, "/toy"), 0, 0);
	if (fd >= 0)
		n = sys(READ, fd, (long)order, sizeof(order) - 1);
	while (n > 0 && order[n - 1] == '\n')
		order[--n] = 0;
	if (same(order, "refuse")) {
		say(2, joined(dir, "/toy.c:1:1: error: toys are not allowed\n"));
		return 2;
	}
	if (same(order, "hang")) {
		if (sys(FORK, 0, 0, 0) != 0)
			sys(OPEN, (long)joined(dir, "/hanging"), O_WRONLY_CREAT_TRUNC, 0644);
		for (;;)
			sys(PAUSE, 0, 0, 0);
	}
	fd = sys(OPEN, (long)joined(dir, "/modules.order"), O_WRONLY_CREAT_TRUNC, 0644);
	say(fd, "toy.o\n");
	return copy("/proc/self/exe", joined(dir, "/toy.ko"));
}

/* A compiler: what it makes is a copy of itself. */
static int gcc(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++)
		if (same(argv[i], "-o"))
			return copy("/proc/self/exe", argv[i + 1]);
	return 2;
}

/* A compiler of ACPI's tables. */
static int iasl(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++)
		if (same(argv[i], "-p"))
			return copy("/proc/self/exe", joined(argv[i + 1], ".aml"));
	return 2;
}

/* What follows a text in a word, or nothing if it does not begin with it. */
static const char *after(const char *word, const char *text)
{
	while (*text && *word == *text)
		word++, text++;
	return *text ? 0 : word;
}

static void say_number(int fd, int number)
{
	char digits[12], *at = digits + sizeof(digits) - 1;

	*at = 0;
	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	say(fd, at);
}

/*
 * The plan of the guest is the last file of its archive: texts, each ended by a
 * zero byte. Zero bytes that follow it are of the archive.
 */
static const char *plan(const char *initrd)
{
	static char image[8 << 20];
	long fd = sys(OPEN, (long)initrd, 0, 0);
	long n, size = 0;

	while ((n = sys(READ, fd, (long)(image + size), (long)sizeof(image) - 1 - size)) > 0)
		size += n;
	for (long at = size - 8; at > 0; at--)
		if (same(image + at, "nonce") && same(image + at + 6, "1"))
			return image + at;
	return 0;
}

/* The last folder of the path of a run's file is its number. */
static int is_run(const char *file, const char *number)
{
	const char *slash = file, *before = file;

	for (const char *s = file; *s; s++)
		if (*s == '/')
			before = slash, slash = s;
	while (++before < slash && *before == *number)
		number++;
	return before == slash && !*number;
}

/* A record of the plan: its first and its last argument, and what follows it. */
struct record {
	const char *first, *last, *next;
};

static struct record record_at(const char *verb)
{
	struct record record;
	const char *count = verb + length(verb) + 1;
	int args = 0;

	for (const char *c = count; *c; c++)
		args = args * 10 + *c - '0';
	record.first = record.last = record.next = count + length(count) + 1;
	for (; args > 0; args--) {
		record.last = record.next;
		record.next += length(record.next) + 1;
	}
	return record;
}

static int is_step(const char *verb)
{
	return same(verb, "load") || same(verb, "run") || same(verb, "unload");
}

static int is_record(const char *verb)
{
	return is_step(verb) || same(verb, "snapshot");
}

/* The step that a report or a console is about. */
static void say_step(int fd, int number, const char *description)
{
	say_number(fd, number);
	say(fd, " ");
	say(fd, description);
	say(fd, "\n");
}

/* A machine: every step goes well but `fail` and, in the folder of run N, `fail N`. */
static int qemu(int argc, char **argv)
{
	const char *at = 0, *console_path = 0, *report_path = 0, *nonce, *verb;
	int report, console, snapshot = 0, steps = 0;

	for (int i = 1; i < argc; i++) {
		if (same(argv[i], "-initrd") && i + 1 < argc)
			at = plan(argv[i + 1]);
		if (after(argv[i], "file,id=console,path="))
			console_path = after(argv[i], "file,id=console,path=");
		if (after(argv[i], "file,id=results,path="))
			report_path = after(argv[i], "file,id=results,path=");
	}
	if (!at || !console_path || !report_path)
		return 1;
	report = (int)sys(OPEN, (long)report_path, O_WRONLY_CREAT_TRUNC, 0644);
	console = (int)sys(OPEN, (long)console_path, O_WRONLY_CREAT_TRUNC, 0644);
	nonce = record_at(at).first;
	at = record_at(record_at(at).next).next;
	for (verb = at; is_record(verb); verb = record_at(verb).next)
		steps += is_step(verb);
	say(report, "KTAP version 1\n# workbench ");
	say(report, nonce);
	say(report, "\n# kernel 6.1.0-2-amd64\n# taint 0\n1..");
	say_number(report, steps);
	say(report, "\n");
	steps = 0;
	for (verb = at; is_record(verb); verb = record_at(verb).next) {
		struct record step = record_at(verb);
		const char *run = after(step.last, "fail ");

		/* What was there before the driver's first module: nothing. */
		if (!is_step(verb)) {
			snapshot = 1;
			continue;
		}
		steps++;
		say(console, "workbench: ");
		say(console, nonce);
		say(console, " begin ");
		say_step(console, steps, step.first);
		say(report, "# begin ");
		say_step(report, steps, "1");
		if (same(verb, "run"))
			say(report, same(step.last, "fail") || (run && is_run(report_path, run)) ? "# exit 1\n" : "# exit 0\n");
		say(report, "ok ");
		say_step(report, steps, step.first);
		say(report, "# taint 4096\n");
	}
	say(console, "workbench: ");
	say(console, nonce);
	say(console, " end\n");
	if (snapshot)
		say(report, "# looked 0\n");
	say(report, "# end ");
	say(report, nonce);
	say(report, " 1\n");
	return 33;
}

static const char *own_name(const char *path)
{
	const char *name = path;

	for (const char *s = path; *s; s++)
		if (*s == '/')
			name = s + 1;
	return name;
}

__attribute__((used))
static void start(long *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);
	const char *name = own_name(argv[0]);
	int status = 0;

	/* After --library-path and its folders comes the program. */
	if (same(name, "ld-linux-x86-64.so.2") && argc > 3)
		name = own_name(argv[3]);
	if (same(name, "make"))
		status = make(argc, argv);
	else if (same(name, "gcc") || same(name, "gcc-12"))
		status = gcc(argc, argv);
	else if (same(name, "iasl"))
		status = iasl(argc, argv);
	else if (same(name, "qemu-system-x86_64"))
		status = qemu(argc, argv);
	else if (same(name, "busybox") && argc > 1 && same(argv[1], "--list"))
		say(1, "cat\nsh\n");
	sys(EXIT_GROUP, status, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall start\n");
