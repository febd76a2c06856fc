/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The kernel's log: marks of ours between its records, and the records themselves for the host.
 */
#include "init.h"

/* include/linux/syslog.h: the call's argument order is action, buffer, number. */
#define SYSLOG_ACTION_CONSOLE_LEVEL 8
#define EVERY_LEVEL 8

/* CONSOLE_EXT_LOG_MAX of include/linux/printk.h, less in newer kernels: a read into less than a record fails. */
#define RECORD_MAX 8192

/* A module that logs without end must not keep init reading for ever. */
#define LOG_MAX 20000

/* The kernel refuses marks of more than 992 bytes (LOG_LINE_MAX in kernel/printk/printk.c): a description is cut. */
#define MARK_TEXT_MAX 512

static long kmsg = -1;

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
void mark(const char *nonce, const char *word, long number, const char *description)
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

void say(const char *text)
{
	struct piece pieces[] = { piece("<6>"), piece(text), piece("\n") };

	call3(SYS_writev, kmsg, ptr(pieces), sizeof(pieces) / sizeof(pieces[0]));
}

void open_log(void)
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
	skip_log();
}

void skip_log(void)
{
	call3(SYS_lseek, kmsg, 0, SEEK_END);
}

void report_log(void)
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
	skip_log();
}

void report_taint(void)
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
