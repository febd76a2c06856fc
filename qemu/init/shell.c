/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A shell for a person. The host has the other end of a serial line of its own, and init stands between the line and a
 * terminal of the kernel's: so the shell has what a terminal has, a size that changes among it, of which a line knows nothing.
 */
#include "init.h"

/* The second serial line, and where a new terminal comes from. */
#define LINE "/dev/ttyS1"
#define TERMINALS "/dev/ptmx"

/* include/uapi/asm-generic/ioctls.h */
#define TCSETS 0x5402
#define TCSBRK 0x5409
#define TIOCSCTTY 0x540e
#define TIOCSWINSZ 0x5414
#define TIOCGPTN 0x80045430L
#define TIOCSPTLCK 0x40045431L

/* include/uapi/asm-generic/termbits.h: 115200 baud, 8 bits, as they come, whoever is at the other end */
#define LINE_FLAGS (0x1002 | 0x30 | 0x80 | 0x800)
enum { VTIME = 5, VMIN = 6 };
struct termios {
	uint32_t input, output, control, local;
	uint8_t discipline;
	uint8_t characters[19];
};

/* include/uapi/asm-generic/termios.h */
struct winsize {
	uint16_t rows, columns, x, y;
};

/* include/uapi/asm-generic/signal.h, signal-defs.h */
enum { SIGUSR1 = 10, SIGUSR2 = 12, SIGTERM = 15, SIGCHLD = 17 };
#define SIG_BLOCK 0
#define SIG_SETMASK 2
#define BIT(signal) (1UL << ((signal) - 1))

/* Without signalfd (CONFIG_SIGNALFD of a small kernel is off), so often is looked whether the shell has ended. */
#define LOOK_MS 10

/* What the shell has printed at its end, and a line that nobody reads any more, may take so long. */
#define DRAIN_MS 1000

/* Begins a message among what is typed; no text in UTF-8 has it, and twice it is itself. */
#define MESSAGE 0xff
#define SIZE 's'

/* Bytes on their way, which the other side has no room for yet. */
struct queue {
	char bytes[4096];
	size_t from;
	size_t to;
};

static size_t waiting(const struct queue *queue)
{
	return queue->to - queue->from;
}

static void put(struct queue *queue, char byte)
{
	/* What nobody takes is lost; whoever fills it looks for room first. */
	if (queue->to < sizeof(queue->bytes))
		queue->bytes[queue->to++] = byte;
}

/* Writes what the file takes now. */
static void pass(struct queue *queue, long fd)
{
	long wrote = sys_write(fd, queue->bytes + queue->from, waiting(queue));

	if (wrote > 0)
		queue->from += (size_t)wrote;
	/* It takes nothing any more: the hold-up must not be for ever. */
	if (wrote < 0 && wrote != -EAGAIN && wrote != -EINTR)
		queue->from = queue->to;
	if (queue->from == queue->to)
		queue->from = queue->to = 0;
}

static void set_size(long terminal, long rows, long columns)
{
	struct winsize size = { (uint16_t)rows, (uint16_t)columns, 0, 0 };

	/* The kernel tells who is in the foreground. */
	call3(SYS_ioctl, terminal, TIOCSWINSZ, ptr(&size));
}

/* What the host sends: keys, and `MESSAGE SIZE rows blank columns newline` among them. */
static struct {
	enum { KEYS, BEGUN, NUMBERS } state;
	long numbers[2];
	int number;
} heard;

static void hear(uint8_t byte, struct queue *keys, long terminal)
{
	if (heard.state == KEYS && byte == MESSAGE) {
		heard.state = BEGUN;
	} else if (heard.state == BEGUN && byte == SIZE) {
		heard.state = NUMBERS;
		heard.numbers[0] = heard.numbers[1] = heard.number = 0;
	} else if (heard.state == NUMBERS && byte >= '0' && byte <= '9') {
		if (heard.numbers[heard.number] < 1000)
			heard.numbers[heard.number] = heard.numbers[heard.number] * 10 + (byte - '0');
	} else if (heard.state == NUMBERS && byte == ' ' && heard.number == 0) {
		heard.number = 1;
	} else {
		if (heard.state == NUMBERS && byte == '\n')
			set_size(terminal, heard.numbers[0], heard.numbers[1]);
		else
			put(keys, (char)byte);
		heard.state = KEYS;
	}
}

/* Opens the line as a way for bytes, and nothing more. */
static long open_line(void)
{
	struct termios raw = { 0, 0, LINE_FLAGS, 0, 0, { 0 } };
	long line = sys_open(LINE, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	long error;

	if (line < 0)
		return line;
	raw.characters[VMIN] = 1;
	error = call3(SYS_ioctl, line, TCSETS, ptr(&raw));
	return error < 0 ? error : line;
}

/* A terminal: answers the end that is the person's, and gives that of the programs. */
static long open_terminal(long *programs)
{
	long terminal = sys_open(TERMINALS, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	char path[32], digits[24];
	struct text text = { path, 0, sizeof(path) };
	int number = 0, lock = 0;
	long error;

	if (terminal < 0)
		return terminal;
	call3(SYS_ioctl, terminal, TIOCSPTLCK, ptr(&lock));
	error = call3(SYS_ioctl, terminal, TIOCGPTN, ptr(&number));
	if (error < 0)
		return error;
	add(&text, "/dev/pts/");
	add(&text, decimal(number, digits));
	*programs = sys_open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return *programs < 0 ? *programs : terminal;
}

/* In the child. The answer is why it could not become the shell. */
static int become_shell(long terminal, char **environment)
{
	static char *const argv[] = { "sh", NULL };
	uint64_t no_signals = 0;
	long fd;

	call3(SYS_setsid, 0, 0, 0);
	call3(SYS_ioctl, terminal, TIOCSCTTY, 0);
	use_all_cpus();
	/* The ports are init's: a program's stray byte must not become a line of the report. */
	call3(SYS_iopl, 0, 0, 0);
	call6(SYS_rt_sigprocmask, SIG_SETMASK, ptr(&no_signals), 0, sizeof(no_signals), 0, 0);
	for (fd = 0; fd <= 2; fd++)
		call3(SYS_dup2, terminal, fd, 0);
	if (call3(SYS_chdir, ptr("/driver"), 0, 0) < 0)
		call3(SYS_chdir, ptr("/root"), 0, 0);
	return (int)-call3(SYS_execve, ptr("/bin/sh"), ptr(argv), ptr(environment));
}

/* Has the shell ended, or does somebody want the machine to? Busybox's halt, poweroff and reboot send these signals to init. */
static int is_over(long signals, long shell, int *status)
{
	/* struct signalfd_siginfo of include/uapi/linux/signalfd.h begins with the signal's number. */
	union {
		uint32_t number;
		char bytes[128];
	} signal;
	int over = 0, word;
	long pid;

	while (signals >= 0 && sys_read(signals, &signal, sizeof(signal)) == sizeof(signal))
		over |= signal.number != SIGCHLD;
	/* All of init's children: those whose parents are gone are its own. */
	while ((pid = call6(SYS_wait4, -1, ptr(&word), WNOHANG, 0, 0, 0)) > 0) {
		if (pid == shell) {
			*status = word;
			over = 1;
		}
	}
	return over;
}

/* Until the shell ends, what is typed goes to its terminal, and what stands there goes to the line. */
static int serve(long line, long terminal, long signals, long shell)
{
	static struct queue keys, words;
	static char chunk[sizeof(words.bytes)];
	struct pollfd fds[3] = { { (int)line, 0, 0 }, { (int)terminal, 0, 0 }, { (int)signals, POLLIN, 0 } };
	long got, i, until = -1;
	int status = 0;

	while (until < 0 || now_ms() < until) {
		if (until < 0 && is_over(signals, shell, &status))
			until = now_ms() + DRAIN_MS;
		/* Twice the room, since of a message that is none both bytes are keys. */
		fds[0].events = (short)((waiting(&keys) ? 0 : POLLIN) | (waiting(&words) ? POLLOUT : 0));
		fds[1].events = (short)((waiting(&words) ? 0 : POLLIN) | (waiting(&keys) ? POLLOUT : 0));
		fds[0].revents = fds[1].revents = fds[2].revents = 0;
		/* Its last words are out when its terminal has no more of them. */
		if (sys_poll(fds, 3, until >= 0 || signals < 0 ? LOOK_MS : -1) == 0 && until >= 0 && !waiting(&words))
			break;
		if (!waiting(&keys) && fds[0].revents & ~POLLOUT) {
			got = sys_read(line, chunk, sizeof(chunk) / 2);
			for (i = 0; i < got; i++)
				hear((uint8_t)chunk[i], &keys, terminal);
		}
		if (!waiting(&words) && fds[1].revents & ~POLLOUT) {
			got = sys_read(terminal, chunk, sizeof(chunk));
			for (i = 0; i < got; i++)
				put(&words, chunk[i]);
		}
		if (waiting(&keys))
			pass(&keys, terminal);
		if (waiting(&words))
			pass(&words, line);
	}
	return status;
}

/* Lets the host know that the line is open: what was sent before is lost. */
static void greet(long line, const char *nonce)
{
	char byte = (char)MESSAGE;

	sys_write(line, &byte, 1);
	sys_write(line, nonce, length(nonce));
	sys_write(line, "\n", 1);
}

int run_shell(const struct plan *plan, struct step *step)
{
	uint64_t wanted = BIT(SIGCHLD) | BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(SIGTERM);
	long line = open_line(), programs = -1, terminal = -1, signals, shell = -1;
	int status;

	if (line >= 0)
		terminal = open_terminal(&programs);
	if (terminal >= 0) {
		set_size(terminal, number_at(step->args[0]), number_at(step->args[1]));
		call6(SYS_rt_sigprocmask, SIG_BLOCK, ptr(&wanted), 0, sizeof(wanted), 0, 0);
		shell = call3(SYS_fork, 0, 0, 0);
	}
	if (shell == 0)
		call3(SYS_exit, 126 + (become_shell(programs, step->args + 2) == 2), 0, 0);
	if (shell < 0) {
		report("# errno %d\n", line < 0 ? -line : terminal < 0 ? -terminal : -shell);
		return 0;
	}
	signals = call6(SYS_signalfd4, -1, ptr(&wanted), sizeof(wanted), O_NONBLOCK | O_CLOEXEC, 0, 0);
	greet(line, plan->nonce);
	status = serve(line, terminal, signals, shell);
	kill_all(shell);
	/* tcdrain(3), see drivers/tty/tty_io.c. */
	call3(SYS_ioctl, line, TCSBRK, 1);
	return report_end(status);
}
