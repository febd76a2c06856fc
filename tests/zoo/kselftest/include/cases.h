/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program's own way to say TAP: what kselftest.h does, in small. */
#ifndef CASES_H
#define CASES_H

#include <stdio.h>
#include <stdlib.h>

static int cases_run, cases_failed;

static inline void plan(int count)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n1..%d\n", count);
}

#define expect(condition, name) do {						\
	int holds = !!(condition);						\
										\
	if (!holds)								\
		printf("# %s:%d:%s:Expected %s\n", __FILE__, __LINE__, name, #condition); \
	cases_failed += !holds;							\
	printf("%s %d %s\n", holds ? "ok" : "not ok", ++cases_run, name);	\
} while (0)

static inline void skip(const char *name, const char *why)
{
	printf("ok %d %s # SKIP %s\n", ++cases_run, name, why);
}

#endif
