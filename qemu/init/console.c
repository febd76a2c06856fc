/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * When has the kernel's console printed all there is? The machine ends a moment after init's last word, and the host
 * believes in a console only with the last mark on it.
 *
 * A console without a thread prints inside printk(). Threads came with realtime kernels, and to all with the drivers
 * that Linux 6.12 calls nbcon: there printk() returns before anything is printed, and no file tells how far they are.
 */
#include "init.h"

/* Threads that print are called pr/ttyS0, pr/legacy and so on (kernel/printk/). */
#define PRINTER "(pr/"

/* They are done when they were seen asleep this often in a row, a millisecond apart: waking one takes a moment. */
#define ASLEEP 5

/* What to wait at most: 64 kB, a full log buffer, at 115200 baud. */
#define PRINTERS_MS 6000

/* Whether /proc/NAME/stat, "9 (pr/ttyS0) S 2 0 ...", is of a printer that is not asleep. */
static int is_busy_printer(const char *name)
{
	char path[32] = "/proc/", stat[64];
	const char *printer = PRINTER;
	size_t at = 6, i;
	long fd, got;

	for (i = 0; name[i]; i++) {
		if (name[i] < '0' || name[i] > '9' || i == 10)
			return 0;
		path[at++] = name[i];
	}
	for (i = 0; i < sizeof("/stat"); i++)
		path[at++] = "/stat"[i];

	fd = sys_open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	got = sys_read(fd, stat, sizeof(stat) - 1);
	sys_close(fd);
	stat[got > 0 ? got : 0] = '\0';

	for (at = 0; stat[at] && stat[at] != '('; at++)
		;
	for (i = 0; printer[i]; i++)
		if (stat[at + i] != printer[i])
			return 0;
	while (stat[at] && stat[at] != ')')
		at++;
	return stat[at] && stat[at + 1] && stat[at + 2] != 'S';
}

static int is_a_printer_busy(void)
{
	static _Alignas(struct entry) char buffer[4096];
	const struct entry *entry;
	long proc = sys_open("/proc", O_RDONLY | O_CLOEXEC);
	long got, at;
	int busy = 0;

	while (!busy && (got = call3(SYS_getdents64, proc, ptr(buffer), sizeof(buffer))) > 0) {
		for (at = 0; at < got && !busy; at += entry->size) {
			entry = (const void *)(buffer + at);
			busy = is_busy_printer(entry->name);
		}
	}
	sys_close(proc);
	return busy;
}

void flush_console(void)
{
	long until = now_ms() + PRINTERS_MS;
	long realtime = sys_open("/sys/kernel/realtime", O_RDONLY | O_CLOEXEC);
	int asleep = 0;

	/* Only realtime kernels have threads and, before 6.12, nothing that waits for them. */
	if (realtime >= 0) {
		sys_close(realtime);
		while (asleep < ASLEEP && now_ms() < until) {
			sys_poll(NULL, 0, 1);
			asleep = is_a_printer_busy() ? 0 : asleep + 1;
		}
	}

	/*
	 * To take a console away is to print its backlog first, since "printk: Flush console on unregister_console()"
	 * (6.12). The switch is in Documentation/ABI/testing/sysfs-tty. Without threads it changes nothing any more.
	 */
	write_file("/sys/class/tty/ttyS0/console", "N");
}
