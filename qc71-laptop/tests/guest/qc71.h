/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the driver share: cases in KTAP, the driver's files, the
 * laptop behind it, and the module itself.
 */
#ifndef QC71_TEST_H
#define QC71_TEST_H

#include <bench.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>

#define MODULE		"qc71_laptop"
#define DEVICE		"/sys/devices/platform/" MODULE
#define PROFILE		"/sys/firmware/acpi/platform_profile"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static inline void remember_params(void);

/* ---- Cases ---- */

struct test_case {
	const char *name;
	void (*run)(void);
};

static int test_failed;
static const char *test_skipped;

/* Tells what is wrong, and where, and goes on with the case. */
#define expect(what, ...)						\
	do {								\
		if (!(what)) {						\
			test_failed = 1;				\
			printf("# %s:%d: ", __FILE__, __LINE__);	\
			printf(__VA_ARGS__);				\
			printf("\n");					\
		}							\
	} while (0)

#define expect_is(is, wanted, what)					\
	do {								\
		long long is_ = (is), wanted_ = (wanted);		\
									\
		expect(is_ == wanted_, "%s is %lld (0x%llx), not %lld (0x%llx)", \
		       what, is_, is_, wanted_, wanted_);		\
	} while (0)

/* The rest of the case does not apply here. */
#define skip(why)							\
	do {								\
		test_skipped = why;					\
		return;							\
	} while (0)

/* Runs all cases; answers what main() must. */
static inline int run_cases(const struct test_case *cases, int count)
{
	int failed = 0;
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	remember_params();
	printf("KTAP version 1\n1..%d\n", count);
	for (i = 0; i < count; i++) {
		test_failed = 0;
		test_skipped = NULL;
		cases[i].run();
		failed |= test_failed;
		printf("%sok %d %s", test_failed ? "not " : "", i + 1, cases[i].name);
		printf(test_skipped ? " # SKIP %s\n" : "\n", test_skipped);
	}
	return failed;
}

#define RUN_CASES(cases) run_cases(cases, COUNT(cases))

/* ---- The laptop, behind the driver's back ---- */

enum fault {
	FAULT_NONE, FAULT_FE, FAULT_EXCEPTION, FAULT_INTEGER, FAULT_SHORT,
	FAULT_NOTHING, FAULT_SLOW, FAULT_STRING, FAULT_EMPTY, FAULT_PACKAGE,
};

/* All but a slow one, which is right. */
static const enum fault wrong_answers[] = {
	FAULT_FE, FAULT_EXCEPTION, FAULT_INTEGER, FAULT_SHORT, FAULT_NOTHING,
	FAULT_STRING, FAULT_EMPTY, FAULT_PACKAGE,
};

/* In the first two it is known that nobody answered; the others are only known to be wrong. */
static inline bool is_error_of(enum fault fault, int error)
{
	return fault == FAULT_FE || fault == FAULT_EXCEPTION ? error == -EIO : error < 0;
}

enum { OF_READS = 1, OF_WRITES = 2, OF_BOTH = 3, ANYWHERE = 0xFFFF };

static inline unsigned int ec_peek(unsigned int address)
{
	return bench_call("\\_SB.QCEM.PEEK", 1, address);
}

static inline void ec_poke(unsigned int address, unsigned int value)
{
	bench_call("\\_SB.QCEM.POKE", 2, address, value);
}

/* The next `count` requests for this address fail so. */
static inline void ec_fault(enum fault fault, int count, unsigned int address, int of)
{
	bench_call("\\_SB.QCEM.FALT", 4, fault, count, address, of);
}

static inline void ec_works(void)
{
	bench_call("\\_SB.QCEM.FALT", 4, FAULT_NONE, 0, ANYWHERE, OF_BOTH);
}

/* How many have failed. */
static inline long ec_hits(void)
{
	return bench_call("\\_SB.QCEM.FHIT", 0);
}

static inline long ec_reads(void)
{
	return bench_call("\\_SB.QCEM.CNTR", 0);
}

static inline long ec_writes(void)
{
	return bench_call("\\_SB.QCEM.CNTW", 0);
}

static inline long ec_malformed(void)
{
	return bench_call("\\_SB.QCEM.CNTM", 0);
}

/* As when the laptop is switched on, and with nothing counted. */
static inline void ec_reset(void)
{
	bench_call("\\_SB.QCEM.RSET", 0);
}

static inline void ec_event(unsigned int code)
{
	bench_call("\\_SB.QCEM.EVNT", 1, code);
}

/* How the keyboard really shines: level, red, green, and blue, a byte each. */
static inline unsigned int ec_light(void)
{
	return bench_call("\\_SB.QCEM.KBLT", 0);
}

#define EC_SIZE 0x2000

static inline void ec_memory(unsigned char memory[EC_SIZE])
{
	expect_is(bench_buffer(memory, EC_SIZE, "\\_SB.QCEM.MEM", 0), EC_SIZE, "the memory's size");
}

/* ---- Files ---- */

/* Reads a small file with one read(2), so that the driver is asked once; answers the size, or a negative errno. */
static inline int read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	text[0] = '\0';
	if (fd < 0)
		return -errno;
	got = read(fd, text, size - 1);
	got = got < 0 ? -errno : got;
	close(fd);
	if (got >= 0)
		text[got] = '\0';
	while (got > 0 && text[got - 1] == '\n')
		text[--got] = '\0';
	return got;
}

/* Answers 0, or a negative errno. */
static inline int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t wrote;
	int error = 0;

	if (fd < 0)
		return -errno;
	wrote = write(fd, text, strlen(text));
	if (wrote < 0)
		error = -errno;
	else if ((size_t)wrote != strlen(text))
		error = -EIO;
	close(fd);
	return error;
}

static inline bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* The name of an entry of the folder that begins so, in whatever case. */
static inline bool find_entry(const char *folder, const char *prefix, char name[256])
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		found = !strncasecmp(entry->d_name, prefix, strlen(prefix));
		if (found)
			strcpy(name, entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* A file of the platform device's; of the hwmon device if `name` begins with "hwmon/". */
static inline const char *file_of(const char *name)
{
	static char path[512];
	char hwmon[256];

	snprintf(path, sizeof(path), DEVICE "/%s", name);
	if (!strncmp(name, "hwmon/", 6) && find_entry(DEVICE "/hwmon", "hwmon", hwmon))
		snprintf(path, sizeof(path), DEVICE "/hwmon/%s/%s", hwmon, name + 6);
	return path;
}

static inline bool has(const char *name)
{
	return exists(file_of(name));
}

/* The number that a file has, or a negative errno less a million: no file of ours has such numbers. */
#define NO_NUMBER (-1000000)

static inline long long number_of(const char *name)
{
	char text[64], *end;
	int got = read_text(file_of(name), text, sizeof(text));
	long long number;

	if (got < 0)
		return NO_NUMBER + got;
	number = strtoll(text, &end, 0);
	return end == text || *end ? NO_NUMBER : number;
}

static inline int set(const char *name, const char *text)
{
	return write_text(file_of(name), text);
}

static inline int set_number(const char *name, long long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", number);
	return set(name, text);
}

/* ---- The module, and others ---- */

/* Both answer 0, or a negative errno. */
static inline int load_module(const char *name, const char *params)
{
	char path[128];
	int error = 0;
	int fd;

	snprintf(path, sizeof(path), "/modules/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, params, 0) < 0)
		error = -errno;
	close(fd);
	return error;
}

static inline int unload_module(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) < 0 ? -errno : 0;
}

static inline int load_with(const char *params)
{
	return load_module(MODULE, params);
}

static inline int unload(void)
{
	return unload_module(MODULE);
}

static inline bool is_loaded(void)
{
	return exists("/sys/module/" MODULE "/initstate");
}

/* The parameters that the module came with on this machine. */
static char usual_params[64];

static inline void remember_params(void)
{
	char force[8], takeover[8];

	if (!is_loaded())
		return;
	read_text("/sys/module/" MODULE "/parameters/force", force, sizeof(force));
	read_text("/sys/module/" MODULE "/parameters/takeover", takeover, sizeof(takeover));
	snprintf(usual_params, sizeof(usual_params), "force=%s takeover=%s", force, takeover);
}

static inline int load_again(void)
{
	return load_with(usual_params);
}

/* ---- The kernel, and time ---- */

static inline bool kernel_is_debians(void)
{
	struct utsname name;

	uname(&name);
	return strstr(name.release, "-amd64");
}

static inline bool kernel_is_at_least(int major, int minor)
{
	int is_major = 0, is_minor = 0;
	struct utsname name;

	uname(&name);
	sscanf(name.release, "%d.%d", &is_major, &is_minor);
	return is_major > major || (is_major == major && is_minor >= minor);
}

/* Is it new enough for a driver of its own for some of these machines?  Only Debian's are known to have that configured. */
static inline bool kernel_has_other(void)
{
	return kernel_is_at_least(6, 19);
}

static inline void wait_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

#endif
