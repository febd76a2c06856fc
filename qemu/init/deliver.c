/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A machine that was booted ahead of its work: it waits until the host delivers what to do, with all that this needs.
 *
 * Such a machine is saved while it waits, and restored for each delivery. QEMU's firmware configuration device carries it: every
 * machine type has one, it needs no driver, and a restored QEMU has the items of its own command line, not those that the saved
 * one had (https://www.qemu.org/docs/master/specs/fw_cfg.html).
 */
#include "init.h"

#define PLAN "/workbench/plan"
#define ITEM "opt/module-workbench/delivery"

#define SELECTOR_PORT 0x510
#define DATA_PORT 0x511
#define DMA_PORT 0x514

enum { KEY_SIGNATURE = 0, KEY_ID = 1, KEY_DIRECTORY = 0x19 };
#define ID_DMA 2

enum { DMA_ERROR = 1, DMA_READ = 2, DMA_SELECT = 8 };

/* include/uapi/linux/time.h */
#define CLOCK_REALTIME 0

/* include/uapi/linux/random.h */
#define RNDADDENTROPY 0x40085203
#define RNDRESEEDCRNG 0x5207
#define SEED_MAX 64

#define PAGE 4096
/* Documentation/admin-guide/mm/pagemap.rst: eight bytes for each page; its frame's number, and whether there is one. */
#define FRAME_MASK ((1ULL << 55) - 1)
#define FRAME_PRESENT (1ULL << 63)

/* Documentation/driver-api/early-userspace/buffer-format.rst */
#define HEADER 110
#define MAGIC "070701"
#define TRAILER "TRAILER!!!"
enum { FIELD_MODE = 1, FIELD_SIZE = 6, FIELD_NAME_SIZE = 11 };
#define TYPE_MASK 0170000
#define TYPE_DIR 0040000
#define TYPE_FILE 0100000

/* What the device is told, and where it puts the bytes: whole pages, since pages alone are contiguous. */
static struct {
	uint32_t control;
	uint32_t length;
	uint64_t address;
} __attribute__((aligned(PAGE))) access;
static uint8_t page[PAGE] __attribute__((aligned(PAGE)));
static long pagemap = -1;

/* The bytes of `page` that nobody has taken, and those that the device still has. */
static size_t at, filled, left;

static uint64_t physical(const void *pointer)
{
	uintptr_t address = (uintptr_t)pointer;
	uint64_t entry = 0;

	/* Looked for each time: the kernel may move a page of a program's. */
	if (call6(SYS_pread64, pagemap, ptr(&entry), sizeof(entry), (long)(address / PAGE * sizeof(entry)), 0, 0) !=
		    sizeof(entry) ||
	    !(entry & FRAME_PRESENT))
		bail_out("delivery: find the page of", "/proc/self/pagemap", 0);
	return (entry & FRAME_MASK) * PAGE + address % PAGE;
}

static void out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(__builtin_bswap32(value)), "Nd"(port) : "memory");
}

/* Reads into `page`; the device does it before the second of its registers is written. */
static void transfer(uint32_t control, size_t size)
{
	uint64_t where;

	page[0] = 0;
	access.control = __builtin_bswap32(control);
	access.length = __builtin_bswap32((uint32_t)size);
	access.address = __builtin_bswap64(physical(page));
	where = physical(&access);
	out32(DMA_PORT, (uint32_t)(where >> 32));
	out32(DMA_PORT + 4, (uint32_t)where);
	if (*(volatile uint32_t *)&access.control & __builtin_bswap32(DMA_ERROR))
		bail_out("delivery: read", ITEM, 0);
}

static int has_device(void)
{
	char signature[5] = "", id;
	uint16_t key = KEY_SIGNATURE;

	__asm__ volatile("outw %0, %1" : : "a"(key), "Nd"((uint16_t)SELECTOR_PORT));
	for (int i = 0; i < 4; i++)
		__asm__ volatile("inb %1, %0" : "=a"(signature[i]) : "Nd"((uint16_t)DATA_PORT));
	key = KEY_ID;
	__asm__ volatile("outw %0, %1" : : "a"(key), "Nd"((uint16_t)SELECTOR_PORT));
	__asm__ volatile("inb %1, %0" : "=a"(id) : "Nd"((uint16_t)DATA_PORT));
	return same(signature, "QEMU") && (id & ID_DMA);
}

static uint32_t big_endian(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Selects the item if there is one; then `left` is its size. */
static int select_item(void)
{
	/* A count, and 64 bytes for each: its size, its key, and its name behind two bytes that say nothing. */
	enum { COUNT = 4, ENTRY = 64, KEY = 4, NAME = 8 };
	uint32_t count, key, i;

	transfer(DMA_SELECT | DMA_READ | KEY_DIRECTORY << 16, sizeof(page));
	count = big_endian(page);
	for (i = 0; i < count && COUNT + (i + 1) * ENTRY <= sizeof(page); i++) {
		const uint8_t *entry = page + COUNT + i * ENTRY;

		if (!same((const char *)entry + NAME, ITEM))
			continue;
		left = big_endian(entry);
		key = big_endian(entry + KEY) >> 16;
		transfer(DMA_SELECT | key << 16, 0);
		return 1;
	}
	return 0;
}

/* ---- The archive ---- */

static void fill(void)
{
	size_t size = left < sizeof(page) ? left : sizeof(page);

	if (!size)
		bail_out("delivery: cut short", ITEM, 0);
	transfer(DMA_READ, size);
	at = 0;
	filled = size;
	left -= size;
}

static void take(void *to, size_t size)
{
	uint8_t *bytes = to;

	for (; size; size--) {
		if (at == filled)
			fill();
		*bytes++ = page[at++];
	}
}

static void skip_to_four(size_t size)
{
	uint8_t none[3];

	take(none, -size % 4);
}

static unsigned long hexadecimal(const char *digits)
{
	unsigned long value = 0;

	for (int i = 0; i < 8; i++)
		value = value * 16 + (unsigned long)(digits[i] <= '9' ? digits[i] - '0' : (digits[i] | 0x20) - 'a' + 10);
	return value;
}

static void write_out(const char *path, size_t size, unsigned long mode)
{
	long fd = call3(SYS_open, ptr(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, (long)(mode & 07777));
	long wrote;

	if (fd < 0)
		bail_out("delivery: create", path, fd);
	while (size) {
		if (at == filled)
			fill();
		wrote = sys_write(fd, page + at, filled - at < size ? filled - at : size);
		if (wrote <= 0)
			bail_out("delivery: write", path, wrote);
		at += (size_t)wrote;
		size -= (size_t)wrote;
	}
	sys_close(fd);
}

static void unpack(void)
{
	static char name[PAGE] = "/";
	char header[HEADER + 1];
	unsigned long mode, size, name_size;

	for (;;) {
		take(header, HEADER);
		header[HEADER] = '\0';
		name_size = hexadecimal(header + 6 + FIELD_NAME_SIZE * 8);
		if (!begins(header, MAGIC) || !name_size || name_size > sizeof(name) - 1)
			bail_out("delivery: not an archive", ITEM, 0);
		mode = hexadecimal(header + 6 + FIELD_MODE * 8);
		size = hexadecimal(header + 6 + FIELD_SIZE * 8);
		take(name + 1, name_size);
		name[name_size] = '\0';
		skip_to_four(HEADER + name_size);
		if (same(name + 1, TRAILER))
			return;
		if ((mode & TYPE_MASK) == TYPE_DIR)
			call3(SYS_mkdir, ptr(name), (long)(mode & 07777), 0);
		else if ((mode & TYPE_MASK) == TYPE_FILE)
			write_out(name, size, mode);
		skip_to_four(size);
	}
}

void await_delivery(void)
{
	if (call3(SYS_access, ptr(PLAN), 0, 0) == 0)
		return;
	pagemap = sys_open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (pagemap < 0 || !has_ports() || !has_device())
		return;
	report_taint();
	report("# waiting\n");
	report_flush();
	while (!select_item())
		sys_poll(NULL, 0, 1);
	unpack();
	sys_close(pagemap);
}

void catch_up(long clock, const char *seed)
{
	const struct {
		long s;
		long ns;
	} time = { clock, 0 };
	struct {
		int bits;
		int size;
		char bytes[SEED_MAX];
	} entropy = { 0, 0, "" };
	long fd;

	if (clock)
		call3(SYS_clock_settime, CLOCK_REALTIME, ptr(&time), 0);
	if (!seed)
		return;
	/* Without it two machines that were restored from one would draw the same numbers. The digits are hexadecimal. */
	for (; seed[entropy.size] && entropy.size < SEED_MAX; entropy.size++)
		entropy.bytes[entropy.size] = seed[entropy.size];
	entropy.bits = 4 * entropy.size;
	fd = sys_open("/dev/urandom", O_WRONLY | O_CLOEXEC);
	call3(SYS_ioctl, fd, RNDADDENTROPY, ptr(&entropy));
	call3(SYS_ioctl, fd, RNDRESEEDCRNG, 0);
	sys_close(fd);
}
