// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver tells every temperature that the sensor has, asks it once for
 * each, and tells of its failure.
 *
 * Usage: warm /sys/.../temperature
 */
#include <bench.h>

static long long tells(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		bench_die(path, strerror(errno));
	/* No buffering, so that the driver is asked once. */
	if (read(fd, text, sizeof(text) - 1) < 0)
		snprintf(text, sizeof(text), "%d", -errno);
	close(fd);
	return atoll(text);
}

int main(int argc, char **argv)
{
	int tenths, asked;

	if (argc != 2)
		return 2;
	asked = bench_call("\\_SB.THRM.CNTR", 0);
	for (tenths = 0; tenths < 4000; tenths += 250) {
		bench_call("\\_SB.THRM.HEAT", 1, tenths);
		if (tells(argv[1]) != tenths * 100 - 273200)
			bench_die(argv[1], "it is not what the sensor says");
	}
	if (bench_call("\\_SB.THRM.CNTR", 0) != asked + 16)
		bench_die(argv[1], "the driver did not ask once each time");
	bench_call("\\_SB.THRM.FAIL", 1, 1);
	if (tells(argv[1]) != -EIO)
		bench_die(argv[1], "the sensor's failure is not told");
	bench_call("\\_SB.THRM.FAIL", 1, 0);
	puts("warm: ok");
	return 0;
}
