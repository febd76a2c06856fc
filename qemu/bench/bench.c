// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Evaluates an ACPI object from a shell, and prints the answer.
 *
 * Usage: bench '\_SB.DEV0.METH' [argument...]
 *
 * An argument is 18, 0x12, '"text"' or '[01 02 ff]'.
 */
#include "bench.h"

int main(int argc, char **argv)
{
	static char request[16384], answer[65536];
	size_t length = 0;
	int i;

	if (argc < 2) {
		fprintf(stderr, "usage: bench '\\PATH' [18 | 0x12 | '\"text\"' | '[01 02 ff]']...\n");
		return 1;
	}
	for (i = 1; i < argc; i++) {
		length += snprintf(request + length, sizeof(request) - length,
				   i > 1 ? " %s" : "%s", argv[i]);
		if (length >= sizeof(request))
			bench_die(argv[1], "the line is too long");
	}
	i = bench_ask(answer, sizeof(answer), request);
	if (i)
		bench_die(argv[1], *answer ? answer : strerror(-i));
	puts(answer);
	return 0;
}
