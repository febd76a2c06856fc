/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The first process of the guest: it takes the steps of the plan and reports each to the host. The README beside this
 * folder has the plan's and the report's form.
 */
#include "init.h"

/* include/uapi/linux/time.h */
#define CLOCK_MONOTONIC 1

/* include/linux/syslog.h: the call's argument order is action, buffer, number. */
#define SYSLOG_ACTION_CONSOLE_LEVEL 8
#define EVERY_LEVEL 8

/* include/uapi/asm-generic/mman-common.h, mman.h */
#define PROT_READ_WRITE 3
#define MAP_PRIVATE 2

/* CONSOLE_EXT_LOG_MAX of include/linux/printk.h, less in newer kernels: a read into less than a record fails. */
#define RECORD_MAX 8192

/* A module that logs without end must not keep init reading for ever. */
#define LOG_MAX 20000

/* The kernel refuses marks of more than 992 bytes (LOG_LINE_MAX in kernel/printk/printk.c): a description is cut. */
#define MARK_TEXT_MAX 512
#define NONCE_MAX 64

#define ARGS_MAX 256

struct step {
	enum { NONCE, SETTLE, LOAD, RUN, UNLOAD } verb;
	/* Of load, run and unload. */
	char *description;
	/* What follows the description; after the last one is NULL, as execve wants it. */
	char *args[ARGS_MAX + 1];
	/* The deadline of run, the milliseconds of settle. */
	long number;
};

struct cursor {
	char *at;
	char *end;
	long record;
};

struct plan {
	struct cursor start;
	const char *nonce;
	long settle_ms;
	long steps;
};

static long kmsg = -1;

/* _start: the kernel gives no return address, and a stack aligned to 16 bytes (System V ABI, x86-64, 3.4.1). */
__asm__(".globl _start\n"
	"_start:\n"
	"	xorl %ebp, %ebp\n"
	"	call start_init\n");
_Noreturn void start_init(void);

/* gcc calls these by itself, for structures and arrays, even in a freestanding program. */
void *memset(void *to, int byte, size_t size);
void *memcpy(void *to, const void *from, size_t size);

void *memset(void *to, int byte, size_t size)
{
	void *at = to;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(byte) : "memory");
	return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
	void *at = to;

	__asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
	return to;
}

size_t length(const char *text)
{
	size_t size = 0;

	while (text[size])
		size++;
	return size;
}

static int same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

long now_ms(void)
{
	struct {
		long s;
		long ns;
	} time = { 0, 0 };

	call3(SYS_clock_gettime, CLOCK_MONOTONIC, ptr(&time), 0);
	return time.s * 1000 + time.ns / 1000000;
}

static _Noreturn void bail_out(const char *what, const char *path, long error)
{
	report("Bail out! %s %s (errno %d)\n", what, path, -error);
	power_off();
}

/* ---- The machine ---- */

long write_file(const char *path, const char *text)
{
	long fd = sys_open(path, O_WRONLY | O_CLOEXEC);
	long wrote;

	if (fd < 0)
		return fd;
	wrote = sys_write(fd, text, length(text));
	sys_close(fd);
	return wrote;
}

static void furnish(void)
{
	static const struct {
		const char *type;
		const char *path;
		int needed;
	} mounts[] = {
		{ "proc", "/proc", 1 },
		{ "sysfs", "/sys", 1 },
		{ "devtmpfs", "/dev", 1 },
		{ "tmpfs", "/tmp", 0 },
		{ "devpts", "/dev/pts", 0 },
		{ "tmpfs", "/dev/shm", 0 },
		{ "debugfs", "/sys/kernel/debug", 0 },
		{ "configfs", "/sys/kernel/config", 0 },
	};
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "fd/0", "/dev/stdin" },
		{ "fd/1", "/dev/stdout" },
		{ "fd/2", "/dev/stderr" },
	};
	const char *missing = NULL;
	long error = 0, answer, fd;
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		call3(SYS_mkdir, ptr(mounts[i].path), 0755, 0);
		answer = call6(SYS_mount, ptr("none"), ptr(mounts[i].path), ptr(mounts[i].type), 0, 0, 0);
		if (answer < 0 && answer != -EBUSY && mounts[i].needed && !missing) {
			missing = mounts[i].path;
			error = answer;
		}
	}
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		call3(SYS_symlink, ptr(links[i][0]), ptr(links[i][1]), 0);

	/* An initramfs without /dev/console starts us with no open file; a pipe must not become number 1. */
	do {
		fd = sys_open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= 2);
	sys_close(fd);

	/* Only now: a fallback of the report's channel is a file in /dev. */
	report_open();
	if (missing)
		bail_out("mount", missing, error);
}

/* ---- The kernel's log ---- */

/* struct iovec of include/uapi/linux/uio.h */
struct piece {
	const char *text;
	size_t size;
};

static struct piece piece(const char *text)
{
	struct piece made = { text, length(text) };

	if (made.size > MARK_TEXT_MAX)
		made.size = MARK_TEXT_MAX;
	return made;
}

/*
 * A line of ours between the kernel's own, in its log and so on the console; writev makes one record of the pieces.
 * The newline matters: a record without one stays open for more, and neither a reader nor the console sees it before
 * the next record comes. That is also true of a driver's message that lacks it, so every step is closed with a mark.
 */
static void mark(const char *nonce, const char *word, long number, const char *description)
{
	char digits[24];
	struct piece pieces[] = {
		piece("<6>workbench: "),
		piece(nonce),
		piece(word),
		piece(number ? decimal(number, digits) : ""),
		piece(*description ? " " : ""),
		piece(description),
		piece("\n"),
	};

	call3(SYS_writev, kmsg, ptr(pieces), sizeof(pieces) / sizeof(pieces[0]));
}

static void open_log(void)
{
	/*
	 * The default, "ratelimit", drops marks after the tenth. The kernel takes the word only with its newline
	 * (devkmsg_sysctl_set_loglvl), and not at all if printk.devkmsg= on its command line has decided already.
	 */
	write_file("/proc/sys/kernel/printk_devkmsg", "on\n");
	/* The kernel starts with `quiet`; what it says about the steps is what we are here for. */
	call3(SYS_syslog, SYSLOG_ACTION_CONSOLE_LEVEL, 0, EVERY_LEVEL);

	kmsg = sys_open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (kmsg < 0)
		bail_out("open", "/dev/kmsg", kmsg);
	call3(SYS_lseek, kmsg, 0, SEEK_END);
}

/* Reports the records since the last time. */
static void report_log(void)
{
	static char record[RECORD_MAX];
	long got, count;
	size_t size;

	for (count = 0; count < LOG_MAX; count++) {
		got = sys_read(kmsg, record, sizeof(record));
		if (got == -EPIPE) {
			/* Overwritten before we read them; the file now stands at the oldest that is left. */
			report("# log-lost\n");
			continue;
		}
		if (got == -EINTR)
			continue;
		if (got <= 0)
			return;
		/* The first line is the message; the rest names the device it is about. */
		for (size = 0; size < (size_t)got && record[size] != '\n';)
			size++;
		report("# log ");
		report_bytes(record, size);
		report("\n");
	}
	report("# log-cut\n");
	call3(SYS_lseek, kmsg, 0, SEEK_END);
}

static void report_taint(void)
{
	char text[32] = "unknown\n";
	long fd = sys_open("/proc/sys/kernel/tainted", O_RDONLY | O_CLOEXEC);
	long got = fd < 0 ? 0 : sys_read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		sys_close(fd);
	if (got > 0)
		text[got] = '\0';
	report("# taint %s", text);
}

static void report_kernel(void)
{
	/* struct new_utsname of include/uapi/linux/utsname.h: the third text is the release. */
	char name[6][65];

	call3(SYS_uname, ptr(name), 0, 0);
	report("# kernel %s\n", name[2]);
}

/* ---- The plan ---- */

static _Noreturn void malformed(long record, const char *reason)
{
	report("Bail out! plan: ");
	if (record > 0)
		report("record %d: ", record);
	report("%s\n", reason);
	power_off();
}

static char *next_text(struct cursor *cursor)
{
	char *text = cursor->at;

	while (cursor->at < cursor->end)
		if (*cursor->at++ == '\0')
			return text;
	malformed(cursor->record, "cut short");
}

static long to_number(const struct cursor *cursor, const char *text)
{
	long value = 0;
	size_t i;

	for (i = 0; text[i] >= '0' && text[i] <= '9' && i < 9; i++)
		value = value * 10 + (text[i] - '0');
	if (i == 0 || text[i])
		malformed(cursor->record, "not a number");
	return value;
}

/* A result line's text: `#` would start a directive there, and a control character a line. */
static void make_plain(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f || *text == '#')
			*text = '?';
}

/* The next record, checked; 0 at the plan's end. */
static int next_step(struct cursor *cursor, struct step *step)
{
	static const struct {
		const char *verb;
		long least;
		long most;
	} verbs[] = {
		[NONCE] = { "nonce", 1, 1 },   [SETTLE] = { "settle", 1, 1 }, [LOAD] = { "load", 4, 4 },
		[RUN] = { "run", 3, ARGS_MAX }, [UNLOAD] = { "unload", 2, 2 },
	};
	const char *verb;
	long count, i;
	size_t known;

	if (cursor->at == cursor->end)
		return 0;
	cursor->record++;

	verb = next_text(cursor);
	for (known = 0; known < sizeof(verbs) / sizeof(verbs[0]); known++)
		if (same(verb, verbs[known].verb))
			break;
	if (known == sizeof(verbs) / sizeof(verbs[0]))
		malformed(cursor->record, "unknown verb");
	step->verb = known;

	count = to_number(cursor, next_text(cursor));
	if (count < verbs[known].least || count > verbs[known].most)
		malformed(cursor->record, "wrong number of arguments");

	step->description = NULL;
	if (step->verb == LOAD || step->verb == RUN || step->verb == UNLOAD) {
		step->description = next_text(cursor);
		make_plain(step->description);
		count--;
	}
	if (step->verb == RUN || step->verb == SETTLE) {
		step->number = to_number(cursor, next_text(cursor));
		count--;
	}
	for (i = 0; i < count; i++)
		step->args[i] = next_text(cursor);
	step->args[count] = NULL;

	if (step->verb == NONCE && (!step->args[0][0] || length(step->args[0]) > NONCE_MAX))
		malformed(cursor->record, "not a nonce");
	if (step->verb == RUN && step->args[0][0] != '/')
		malformed(cursor->record, "not an absolute path");
	return 1;
}

/* Reads all of the plan before anything of it is done. */
static struct plan read_plan(void)
{
	static struct step step;
	struct plan plan = { { NULL, NULL, 0 }, NULL, 0, 0 };
	struct cursor cursor;
	long fd, size, memory;

	fd = sys_open("/workbench/plan", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		bail_out("plan: open", "/workbench/plan", fd);
	size = call3(SYS_lseek, fd, 0, SEEK_END);
	if (size <= 0)
		malformed(0, "empty");
	/* Private, and so ours to write: make_plain changes it. */
	memory = call6(SYS_mmap, 0, size, PROT_READ_WRITE, MAP_PRIVATE, fd, 0);
	sys_close(fd);
	if (memory < 0)
		bail_out("plan: mmap", "/workbench/plan", memory);

	plan.start.at = (char *)memory;
	plan.start.end = plan.start.at + size;
	for (cursor = plan.start; next_step(&cursor, &step);) {
		if (step.verb == NONCE && plan.nonce)
			malformed(cursor.record, "a second nonce");
		else if (step.verb == NONCE)
			plan.nonce = step.args[0];
		else if (step.verb == SETTLE)
			plan.settle_ms = step.number;
		else
			plan.steps++;
	}
	if (!plan.nonce)
		malformed(0, "no nonce");
	return plan;
}

/* ---- The steps ---- */

static long load(char **args)
{
	const char *file = args[1], *params = args[2];
	long fd = sys_open(file, O_RDONLY | O_CLOEXEC);
	long answer;

	if (fd < 0)
		return fd;
	answer = call3(SYS_finit_module, fd, ptr(params), 0);
	sys_close(fd);
	return answer;
}

static long unload(char **args)
{
	/* O_NONBLOCK: a module that is in use is an answer, not a reason to wait. */
	return call3(SYS_delete_module, ptr(args[0]), O_NONBLOCK, 0);
}

/* Whether one of the first `before` steps loads this module. */
static int is_loaded_before(const struct plan *plan, long before, const char *module)
{
	static struct step step;
	struct cursor cursor = plan->start;

	while (before > 0 && next_step(&cursor, &step)) {
		if (step.verb == LOAD && same(step.args[0], module))
			return 1;
		if (step.description)
			before--;
	}
	return 0;
}

static void close_step(const struct plan *plan, long number)
{
	mark(plan->nonce, " done ", number, "");
	report_log();
}

static void take_steps(const struct plan *plan)
{
	static struct step step;
	struct cursor cursor = plan->start;
	/* The first load that failed. Nothing is loaded or run after it; what was loaded before is unloaded. */
	long failed = 0;
	long number = 0, error;
	int ok;

	while (next_step(&cursor, &step)) {
		if (!step.description)
			continue;
		number++;
		mark(plan->nonce, " begin ", number, step.description);
		report("# begin %d %d\n", number, now_ms());
		/* The step may be the kernel's last: let the host know which. */
		report_flush();

		if (failed && !(step.verb == UNLOAD && is_loaded_before(plan, failed - 1, step.args[0]))) {
			close_step(plan, number);
			report("ok %d %s # SKIP not loaded\n", number, step.description);
			continue;
		}

		if (step.verb == RUN) {
			ok = run_program(step.args, step.number);
		} else {
			error = step.verb == LOAD ? load(step.args) : unload(step.args);
			ok = error >= 0;
			if (!ok)
				report("# errno %d\n", -error);
			if (!ok && step.verb == LOAD)
				failed = number;
		}
		close_step(plan, number);
		report("%s %d %s\n", ok ? "ok" : "not ok", number, step.description);
		if (step.verb != RUN)
			report_taint();
		report_flush();
	}
}

void start_init(void)
{
	struct plan plan;

	furnish();
	plan = read_plan();
	report("# workbench %s\n", plan.nonce);
	report_kernel();
	report_taint();
	report("1..%d\n", plan.steps);
	open_log();

	take_steps(&plan);

	/* Timers and workers of the driver may have something to say after its last step. */
	if (plan.settle_ms > 0)
		sys_poll(NULL, 0, plan.settle_ms);
	mark(plan.nonce, " end", 0, "");
	report_log();
	report_taint();
	flush_console();
	report("# end %s %d\n", plan.nonce, now_ms());
	power_off();
}
