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

/* include/uapi/asm-generic/mman-common.h, mman.h */
#define PROT_READ_WRITE 3
#define MAP_PRIVATE 2
#define MAP_ANONYMOUS 0x20

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

/* What the device is told. */
static struct {
	uint32_t control;
	uint32_t length;
	uint64_t address;
} __attribute__((aligned(sizeof(uint64_t) * 2))) access;
static long pagemap = -1;

/* Larger deliveries get memory of their own; so much of this is there before one comes. */
#define READY (256 << 10)
static uint8_t room[1 << 20] __attribute__((aligned(PAGE)));

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

/* Reads into a page, since pages alone are contiguous; the device does it before the second of its registers is written. */
static void transfer(uint32_t control, uint8_t *to, size_t size)
{
	uint64_t where;

	*(volatile uint8_t *)to = 0;
	access.control = __builtin_bswap32(control);
	access.length = __builtin_bswap32((uint32_t)size);
	access.address = __builtin_bswap64(physical(to));
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

/* Selects the item if there is one, and says how large it is. */
static int select_item(size_t *size)
{
	/* A count, and 64 bytes for each: its size, its key, and its name behind two bytes that say nothing. */
	enum { COUNT = 4, ENTRY = 64, KEY = 4, NAME = 8 };
	uint32_t count, key, i;

	transfer(DMA_SELECT | DMA_READ | KEY_DIRECTORY << 16, room, PAGE);
	count = big_endian(room);
	for (i = 0; i < count && COUNT + (i + 1) * ENTRY <= PAGE; i++) {
		const uint8_t *entry = room + COUNT + i * ENTRY;

		if (!same((const char *)entry + NAME, ITEM))
			continue;
		*size = big_endian(entry);
		key = big_endian(entry + KEY) >> 16;
		transfer(DMA_SELECT | key << 16, room, 0);
		return 1;
	}
	return 0;
}

static uint8_t *receive(size_t size)
{
	uint8_t *bytes = room;
	size_t at;
	long memory;

	if (size > sizeof(room)) {
		memory = call6(SYS_mmap, 0, (long)size, PROT_READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (memory < 0)
			bail_out("delivery: memory for", ITEM, memory);
		bytes = (uint8_t *)memory;
	}
	for (at = 0; at < size; at += PAGE)
		transfer(DMA_READ, bytes + at, size - at < PAGE ? size - at : PAGE);
	return bytes;
}

/* ---- The archive ---- */

static unsigned long hexadecimal(const char *digits)
{
	unsigned long value = 0;

	for (int i = 0; i < 8; i++)
		value = value * 16 + (unsigned long)(digits[i] <= '9' ? digits[i] - '0' : (digits[i] | 0x20) - 'a' + 10);
	return value;
}

static void unpack(uint8_t *at, size_t size)
{
	const uint8_t *start = at, *end = at + size;
	unsigned long mode, file_size, name_size;
	char *name;

	for (;;) {
		if (end - at < HEADER || !begins((const char *)at, MAGIC))
			break;
		mode = hexadecimal((const char *)at + 6 + FIELD_MODE * 8);
		file_size = hexadecimal((const char *)at + 6 + FIELD_SIZE * 8);
		name_size = hexadecimal((const char *)at + 6 + FIELD_NAME_SIZE * 8);
		name = (char *)at + HEADER;
		at += HEADER;
		if (!name_size || (size_t)(end - at) < name_size + 3 || name[name_size - 1])
			break;
		at += name_size;
		at += -(at - start) & 3;
		if (same(name, TRAILER))
			return;
		if ((size_t)(end - at) < file_size)
			break;
		/* The last digit of the header, which has been read, makes room for a slash. */
		*--name = '/';
		if ((mode & TYPE_MASK) == TYPE_DIR)
			call3(SYS_mkdir, ptr(name), (long)(mode & 07777), 0);
		else if ((mode & TYPE_MASK) == TYPE_FILE)
			store(name, at, file_size, mode & 07777);
		at += file_size;
		at += -(at - start) & 3;
	}
	bail_out("delivery: not an archive", ITEM, 0);
}

int must_wait(void)
{
	return call3(SYS_access, ptr(PLAN), 0, 0) < 0 && has_ports() && has_device();
}

void await_delivery(void)
{
	size_t size;

	pagemap = sys_open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (pagemap < 0)
		bail_out("open", "/proc/self/pagemap", pagemap);
	/* So that the kernel need not find memory for what comes. */
	for (size = 0; size < READY; size += PAGE)
		*(volatile uint8_t *)(room + size) = 0;
	report_taint();
	report("# waiting\n");
	report_flush();
	while (!select_item(&size))
		sys_poll(NULL, 0, 1);
	unpack(receive(size), size);
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
