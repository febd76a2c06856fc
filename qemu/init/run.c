/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * One program: start it, pass on what it prints, wait for it but not for ever, and leave nothing of it alive.
 */
#include "init.h"

/* include/uapi/asm-generic/signal.h, signal-defs.h */
#define SIGKILL 9
#define SIGCHLD 17
#define SIG_BLOCK 0
#define SIG_SETMASK 2

/* A step's output in the report, and a line of it. */
#define OUTPUT_MAX (1024 * 1024)
#define LINE_MAX 4096
#define CUT_MARK "\xe2\x80\xa6"

/* How long a program's output may stay open after its end: something it left in the background has it. */
#define GRACE_MS 200

/* Without signalfd (CONFIG_SIGNALFD of a small kernel is off), so often is looked whether a child has ended. */
#define LOOK_MS 10

/* When it is told where a program is that does not end, and again after twice the time. */
#define LOOK_AGAIN_MS 1000

/* How long a killed process may take to die. One that takes longer hangs in the kernel. */
#define DEATH_MS 1000

static char *const environment[] = { "PATH=/bin:/sbin:/usr/bin", "HOME=/tmp", "TERM=dumb", NULL };

static char chunk[16384];

/* How much of a step's output was seen, and how much of the present line; a cut line is skipped to its end. */
struct output {
	size_t total;
	size_t column;
	int cut;
};

static void end_line(struct output *out)
{
	if (out->column > 0)
		report("\n");
	out->column = 0;
}

static void pass_on(struct output *out, const char *bytes, size_t size)
{
	char byte;

	for (; size > 0 && !out->cut; size--) {
		byte = *bytes++;
		if (out->total++ == OUTPUT_MAX) {
			end_line(out);
			report("# out-cut\n");
			out->cut = 1;
		} else if (byte == '\n') {
			if (out->column == 0)
				report("# out ");
			report("\n");
			out->column = 0;
		} else {
			if (out->column == 0)
				report("# out ");
			out->column++;
			if (out->column <= LINE_MAX)
				report_bytes(byte ? &byte : "?", 1);
			else if (out->column == LINE_MAX + 1)
				report(CUT_MARK);
		}
	}
	/* The host sees a program's words while it runs, and has them should the kernel die in the next one. */
	report_flush();
}

/* In the child. The answer, if there is one, is why it could not become the program. */
static int become(char **argv, long out)
{
	uint64_t no_signals = 0;
	long nothing = sys_open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (nothing < 0)
		return (int)-nothing;
	call3(SYS_setsid, 0, 0, 0);
	use_all_cpus();
	/* The ports are init's: a program's stray byte must not become a line of the report. */
	call3(SYS_iopl, 0, 0, 0);
	call6(SYS_rt_sigprocmask, SIG_SETMASK, ptr(&no_signals), 0, sizeof(no_signals), 0, 0);
	call3(SYS_dup2, nothing, 0, 0);
	call3(SYS_dup2, out, 1, 0);
	call3(SYS_dup2, out, 2, 0);
	return (int)-call3(SYS_execve, ptr(argv[0]), ptr(argv), ptr(environment));
}

/* Starts the program; answers its process id, or minus an errno. Its output comes to `*from`. */
static long start(char **argv, long *from)
{
	int out[2], trouble[2], errno = 0;
	long child, got;

	child = call3(SYS_pipe2, ptr(out), O_CLOEXEC, 0);
	if (child < 0)
		return child;
	child = call3(SYS_pipe2, ptr(trouble), O_CLOEXEC, 0);
	if (child == 0)
		child = call3(SYS_fork, 0, 0, 0);
	if (child == 0) {
		errno = become(argv, out[1]);
		sys_write(trouble[1], &errno, sizeof(errno));
		call3(SYS_exit, 127, 0, 0);
	}
	sys_close(out[1]);
	sys_close(trouble[1]);
	*from = out[0];
	if (child < 0)
		return child;

	/* A successful execve closes the other end; until then the child is not in its own session. */
	do {
		got = sys_read(trouble[0], &errno, sizeof(errno));
	} while (got == -EINTR);
	sys_close(trouble[0]);
	if (got != sizeof(errno))
		return child;
	call6(SYS_wait4, child, 0, 0, 0, 0, 0);
	sys_close(out[0]);
	return -errno;
}

/* The processes whose parent is init now, as text: numbers with a blank after each. */
static size_t children(char *out, size_t size)
{
	long fd = sys_open("/proc/1/task/1/children", O_RDONLY | O_CLOEXEC);
	long got = fd < 0 ? 0 : sys_read(fd, out, size - 1);

	if (fd >= 0)
		sys_close(fd);
	out[got > 0 ? got : 0] = '\0';
	return got > 0 ? (size_t)got : 0;
}

/*
 * Kills what the program left. Its group dies at once; what made a session of its own is found among init's children
 * as soon as its parent is dead. kill(-1) would be shorter, but it also reaches kernel threads that allow SIGKILL, and
 * those may be the driver's.
 */
void kill_all(long group)
{
	static char list[4096];
	char *at;
	long pid, waited;
	size_t size;

	call3(SYS_kill, -group, SIGKILL, 0);
	for (waited = 0; waited < DEATH_MS;) {
		pid = call6(SYS_wait4, -1, 0, WNOHANG, 0, 0, 0);
		if (pid == -ECHILD)
			return;
		if (pid != 0)
			continue;
		children(list, sizeof(list));
		for (at = list, pid = 0; *at; at++) {
			if (*at >= '0' && *at <= '9') {
				pid = pid * 10 + (*at - '0');
			} else {
				call3(SYS_kill, pid, SIGKILL, 0);
				pid = 0;
			}
		}
		sys_poll(NULL, 0, 1);
		waited++;
	}
	size = children(list, sizeof(list));
	if (size > 0) {
		/* Without the last blank. */
		list[size - 1] = '\0';
		report("# stuck %s\n", list);
	}
}

int report_end(int status)
{
	/* include/uapi/linux/wait.h has no words for these; wait(2) does. */
	if (status & 0x7f)
		report("# signal %d\n", (long)(status & 0x7f));
	else
		report("# exit %d\n", (long)(status >> 8 & 0xff));
	return !(status & 0x7f);
}

int run_program(char **argv, long deadline_s)
{
	static long signals = -1;
	uint64_t sigchld = 1UL << (SIGCHLD - 1);
	struct output out = { 0, 0, 0 };
	struct pollfd fds[2];
	long child, pid, now, begun, until, wait, got, from = -1, look = LOOK_AGAIN_MS;
	int status = 0, word = 0, exited = 0, timeout = 0;

	/* A SIGCHLD that can be polled for; a process id's own file would leave orphans unreaped meanwhile. */
	if (signals < 0) {
		call6(SYS_rt_sigprocmask, SIG_BLOCK, ptr(&sigchld), 0, sizeof(sigchld), 0, 0);
		signals = call6(SYS_signalfd4, -1, ptr(&sigchld), sizeof(sigchld), O_NONBLOCK | O_CLOEXEC, 0, 0);
	}

	begun = now_ms();
	until = begun + deadline_s * 1000;
	child = start(argv, &from);
	if (child < 0) {
		report("# errno %d\n", -child);
		return 0;
	}
	fds[0].fd = (int)from;
	fds[1].fd = (int)signals;
	fds[0].events = fds[1].events = POLLIN;

	while (!exited || fds[0].fd >= 0) {
		now = now_ms();
		if (now >= until) {
			timeout = !exited;
			break;
		}
		/* The machine's time may be over before the program's. */
		if (now - begun >= look && !exited && out.column == 0) {
			report_tasks(now - begun);
			report_flush();
			look = 2 * (now - begun);
		}
		fds[0].revents = fds[1].revents = 0;
		wait = until - now;
		if (!exited && wait > look)
			wait = look;
		if (signals < 0 && wait > LOOK_MS)
			wait = LOOK_MS;
		sys_poll(fds, 2, wait);
		if (fds[0].revents) {
			got = sys_read(from, chunk, sizeof(chunk));
			if (got > 0)
				pass_on(&out, chunk, (size_t)got);
			else if (got != -EINTR)
				fds[0].fd = -1;
		}
		if (fds[1].revents || signals < 0) {
			/* One SIGCHLD may stand for many: empty the file, then ask until nobody is left. */
			while (signals >= 0 && sys_read(signals, chunk, sizeof(chunk)) > 0)
				;
			while ((pid = call6(SYS_wait4, -1, ptr(&word), WNOHANG, 0, 0, 0)) > 0) {
				if (pid != child)
					continue;
				status = word;
				exited = 1;
				until = now_ms() + GRACE_MS;
			}
		}
	}

	if (timeout) {
		end_line(&out);
		report_tasks(deadline_s * 1000);
	}
	kill_all(child);
	/* The dead may have left words in the pipe; one that does not die must not keep init here. */
	for (now = 0; fds[0].fd >= 0 && now < OUTPUT_MAX / 4096; now++) {
		fds[0].revents = 0;
		if (sys_poll(fds, 1, 0) <= 0)
			break;
		got = sys_read(from, chunk, sizeof(chunk));
		if (got <= 0)
			break;
		pass_on(&out, chunk, (size_t)got);
	}
	sys_close(from);
	end_line(&out);

	if (!timeout)
		return report_end(status);
	report("# timeout %d\n", deadline_s);
	return 0;
}
