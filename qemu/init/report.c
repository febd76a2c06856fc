/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The report's way out of the machine: a port that QEMU writes into a file.
 *
 * A port needs no driver, so the report does not depend on anything that the module under test could break, and
 * the kernel's console stays the kernel's own. What was written has left the machine, whatever happens next.
 */
#include "init.h"

/* -device isa-debugcon,iobase=0xe9: reading the port answers 0xe9 (QEMU: hw/char/debugcon.c, "readback"). */
#define DEBUGCON_PORT 0xe9
#define DEBUGCON_READBACK 0xe9

/* -device isa-debug-exit,iobase=0xf4: QEMU ends with status (value << 1) | 1 (QEMU: hw/misc/debugexit.c). */
#define EXIT_PORT 0xf4
#define EXIT_VALUE 0x10

/* include/uapi/linux/reboot.h */
#define REBOOT_MAGIC1 0xfee1deadL
#define REBOOT_MAGIC2 672274793L
#define REBOOT_POWER_OFF 0x4321fedcL

/* include/uapi/asm-generic/ioctls.h; with a non-zero argument it is tcdrain(3), see drivers/tty/tty_io.c. */
#define TCSBRK 0x5409

static enum { NOWHERE, PORT, PORT_FILE, CONSOLE } channel;
static long channel_fd = -1;

static char waiting[4096];
static size_t waiting_size;

static uint8_t port_in(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void port_out(uint16_t port, const char *bytes, size_t size)
{
	__asm__ volatile("rep outsb" : "+S"(bytes), "+c"(size) : "d"(port) : "memory");
}

/*
 * A locked-down kernel refuses iopl(2) and /dev/port alike; the report then goes the kernel console's way, mixed with
 * the kernel's lines. Needs /dev.
 */
void report_open(void)
{
	uint8_t readback = 0;

	if (call3(SYS_iopl, 3, 0, 0) == 0) {
		if (port_in(DEBUGCON_PORT) == DEBUGCON_READBACK)
			channel = PORT;
	} else {
		channel_fd = sys_open("/dev/port", O_RDWR | O_CLOEXEC);
		if (channel_fd >= 0 && call6(SYS_pread64, channel_fd, ptr(&readback), 1, DEBUGCON_PORT, 0, 0) == 1 &&
		    readback == DEBUGCON_READBACK)
			channel = PORT_FILE;
	}
	if (channel == NOWHERE) {
		channel_fd = sys_open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);
		channel = CONSOLE;
	}
}

int has_ports(void)
{
	return channel == PORT;
}

void report_begin(void)
{
	report("KTAP version 1\n");
	if (channel == CONSOLE)
		report("# channel console\n");
}

void report_flush(void)
{
	size_t done = 0;
	long wrote;

	switch (channel) {
	case PORT:
		port_out(DEBUGCON_PORT, waiting, waiting_size);
		break;
	case PORT_FILE:
		/* The second byte of one write would go to the next port. */
		for (; done < waiting_size; done++)
			call6(SYS_pwrite64, channel_fd, ptr(waiting + done), 1, DEBUGCON_PORT, 0, 0);
		break;
	case CONSOLE:
		while (done < waiting_size) {
			wrote = sys_write(channel_fd, waiting + done, waiting_size - done);
			if (wrote == -EINTR)
				continue;
			if (wrote <= 0)
				break;
			done += (size_t)wrote;
		}
		break;
	case NOWHERE:
		break;
	}
	waiting_size = 0;
}

void report_bytes(const char *bytes, size_t size)
{
	while (size--) {
		if (waiting_size == sizeof(waiting))
			report_flush();
		waiting[waiting_size++] = *bytes++;
	}
}

void report(const char *format, ...)
{
	char digits[24];
	const char *text;
	va_list values;

	va_start(values, format);
	for (; *format; format++) {
		if (*format != '%') {
			report_bytes(format, 1);
			continue;
		}
		format++;
		text = *format == 'd' ? decimal(va_arg(values, long), digits) : va_arg(values, const char *);
		report_bytes(text, length(text));
	}
	va_end(values);
}

void report_name(const char *word, const char *name)
{
	report("# %s ", word);
	for (; *name; name++)
		report_bytes((unsigned char)*name < ' ' || *name == 0x7f ? "?" : name, 1);
	report("\n");
}

void power_off(void)
{
	uint32_t value = EXIT_VALUE;

	report_flush();
	switch (channel) {
	case PORT:
		__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"((uint16_t)EXIT_PORT));
		break;
	case PORT_FILE:
		call6(SYS_pwrite64, channel_fd, ptr(&value), 1, EXIT_PORT, 0, 0);
		break;
	case CONSOLE:
		call3(SYS_ioctl, channel_fd, TCSBRK, 1);
		break;
	case NOWHERE:
		break;
	}

	/* Still here: there is no such device, or no leave to reach it. */
	for (;;) {
		call6(SYS_reboot, REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_POWER_OFF, 0, 0, 0);
		sys_poll(NULL, 0, 1000);
	}
}
