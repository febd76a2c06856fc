// SPDX-License-Identifier: GPL-2.0-only
/* What the driver asks of the controller: in the right form, no more than it needs, and not too fast. */
#include "files.h"

/* All registers of which something is known; of the others not even reading is. */
static const struct {
	unsigned int first, last;
} readable[] = {
	{ 0x0402, 0x0405 }, { 0x0408, 0x0409 }, { 0x0432, 0x0439 }, { 0x043e, 0x043e }, { 0x044f, 0x044f },
	{ 0x0456, 0x0456 }, { 0x045e, 0x045e }, { 0x0464, 0x0466 }, { 0x046c, 0x046d }, { 0x047b, 0x047b },
	{ 0x0490, 0x0490 }, { 0x0494, 0x0494 }, { 0x04a2, 0x04a2 }, { 0x04a6, 0x04a7 }, { 0x0726, 0x0727 },
	{ 0x073c, 0x073c }, { 0x0740, 0x074b }, { 0x074e, 0x074e }, { 0x0751, 0x0751 }, { 0x075b, 0x075c },
	{ 0x0765, 0x076b }, { 0x0770, 0x077f }, { 0x0782, 0x078a }, { 0x078c, 0x078c }, { 0x078e, 0x078e },
	{ 0x07a3, 0x07a6 }, { 0x07ab, 0x07ab }, { 0x07b9, 0x07b9 }, { 0x07c5, 0x07c6 }, { 0x07cc, 0x07cc },
	{ 0x07e2, 0x07e5 }, { 0x0d4f, 0x0d4f }, { 0x0f00, 0x0f5f }, { 0x1801, 0x1805 }, { 0x1808, 0x1809 },
};

/* Loading and unloading write these; all else only by the files that the others are for. */
static const unsigned int written_by_itself[] = { 0x0741, 0x0751, 0x0782, 0x078c };

static bool is_readable(unsigned int address)
{
	unsigned int i;

	for (i = 0; i < COUNT(readable); i++)
		if (address >= readable[i].first && address <= readable[i].last)
			return true;
	return false;
}

static bool writes_by_itself(unsigned int address)
{
	unsigned int i;

	for (i = 0; i < COUNT(written_by_itself); i++)
		if (written_by_itself[i] == address)
			return true;
	return false;
}

/* Checks all requests since the log was emptied, and empties it; answers how many there were. */
static long long expect_form(const char *what, const struct choice *choice)
{
	long long count = log_count(), i;

	expect(count <= LOG_KEPT, "%s: the log is too short for %lld requests", what, count);
	for (i = 0; i < count; i++) {
		struct request request = log_at(i);
		unsigned int kind = request.kind, address = request.address;
		unsigned char b[64] = { 0 };
		int size = bench_buffer(b, sizeof(b), "\\_SB.QCEM.LOGB", 1, i);

		expect_is(size, 8, what);
		expect(kind == OF_READS || kind == OF_WRITES, "%s: a request of kind 0x%02x", what, kind);
		expect_is(b[0] | b[1] << 8, address, what);
		expect(!b[3] && !b[4] && !b[6] && !b[7], "%s: bytes that must be 0 are %02x %02x %02x %02x", what,
		       b[3], b[4], b[6], b[7]);
		expect_is(b[5], kind == OF_READS, what);
		expect(kind != OF_READS || !b[2], "%s: a read request with data 0x%02x", what, b[2]);
		expect(kind != OF_READS || is_readable(address), "%s reads 0x%04x", what, address);
		expect(kind != OF_WRITES || (choice ? may_write(choice, address) : writes_by_itself(address)),
		       "%s writes 0x%02x to 0x%04x", what, b[2], address);
	}
	expect_is(ec_malformed(), 0, what);
	log_clear();
	return count;
}

static void loading(void)
{
	long long count;

	begin_anew();
	expect_is(unload(), 0, "unloading");
	expect_form("unloading", NULL);
	ec_reset();
	expect_is(load_again(), 0, "loading");
	wait_for_quiet();
	count = expect_form("loading", NULL);
	expect(count <= 30, "loading makes %lld requests", count);
	wait_for_quiet();
	expect_is(log_count(), 0, "the number of requests when nobody wants anything");
}

static void reading(void)
{
	const struct file *file;
	char text[64];

	begin_anew();
	for_each_file(file) {
		long long count;

		log_clear();
		expect(read_text(path_of(file), text, sizeof(text)) > 0, "%s can't be read", file->name);
		expect_is(ec_writes(), 0, file->name);
		count = expect_form(file->name, NULL);
		expect(count >= 1 && count <= file->accesses, "reading %s makes %lld requests", file->name, count);
	}
}

/* What is fixed needs no question. */
static void names(void)
{
	static const char *const fixed[] = {
		"hwmon/name", "hwmon/fan1_label", "hwmon/fan2_label", "hwmon/temp1_label", "hwmon/temp2_label",
		LIGHTBAR "max_brightness", LIGHTBAR "multi_intensity", KBD_RGB "max_brightness",
		KBD_RGB "multi_intensity", KBD_RGB "multi_index", "modalias", "uevent",
	};
	char text[256];
	unsigned int i;

	begin_anew();
	for (i = 0; i < COUNT(fixed); i++)
		if (has(fixed[i]))
			expect(read_text(file_of(fixed[i]), text, sizeof(text)) > 0, "%s can't be read", fixed[i]);
	expect_is(log_count(), 0, "the number of requests");
}

static void writing(void)
{
	const struct choice *choice;
	const struct file *file;

	begin_anew();
	for_each_file(file) {
		for_each_choice(choice, file) {
			prepare(file);
			log_clear();
			expect_is(put(file, choice->text), 0, file->name);
			/* Whoever listens to the battery reads it when its limit changes. */
			expect(expect_form(file->name, choice) <= 20, "too many requests for %s", file->name);
		}
	}
}

static void all_registers(void)
{
	static char text[65536];
	const char *path = "/sys/kernel/debug/" MODULE "/ec";
	struct stat status;
	size_t length = 0;
	ssize_t got;
	int fd;

	begin_anew();
	if (!exists("/sys/kernel/debug/" MODULE))
		skip("debugfs is not mounted");
	expect(!stat(path, &status), "there is no %s", path);
	expect_is(status.st_mode & 07777, 0400, "its mode");
	expect(write_text(path, "0741: 01\n") < 0, "it can be written");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	expect(fd >= 0, "%s can't be opened", path);
	while ((got = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += got;
	close(fd);
	expect(strstr(text, "0740: 0f\n"), "the project is not in it");
	expect(strstr(text, "1801: 32\n"), "the page that only this door reaches is not in it");
	expect_is(ec_writes(), 0, "the number of writes");
	expect_is(ec_malformed(), 0, "the number of malformed requests");
	expect(ec_reads() > 100, "only %ld registers were read", ec_reads());
	begin_anew();
}

/* The makers' own programs leave it alone for 6 ms after each request, and it needs that. */
static void pauses(void)
{
	struct timespec from, to;
	long ms;
	int i;

	begin_anew();
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (i = 0; i < 21; i++)
		expect(number_of("hwmon/temp1_input") == 45000, "no temperature");
	clock_gettime(CLOCK_MONOTONIC, &to);
	ms = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
	expect(ms >= 20 * 6, "21 requests took %ld ms", ms);
	expect_is(ec_reads(), 21, "the number of reads");
}

static const struct test_case cases[] = {
	{ "loading and unloading ask in the right form, and little", loading },
	{ "reading asks what it needs", reading },
	{ "what is fixed is not asked for", names },
	{ "writing writes where it must", writing },
	{ "all registers can be seen, and none be written", all_registers },
	{ "between requests there are pauses", pauses },
	{ "all is as before", begin_anew },
};

int main(void)
{
	return RUN_CASES(cases);
}
