/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A laptop for the tests: its controller's memory, what was asked of it, and
 * what its firmware answers.
 */
#ifndef QC71_TESTS_LAPTOP_H
#define QC71_TESTS_LAPTOP_H

#include <linux/types.h>

/* What the firmware gives instead of an answer. */
enum qc71_tests_fault {
	QC71_TESTS_NO_FAULT,
	QC71_TESTS_FILLER,	/* FE FE FE FE */
	QC71_TESTS_EXCEPTION,
	QC71_TESTS_INTEGER,
	QC71_TESTS_SHORT,	/* as many bytes as .length says */
	QC71_TESTS_NOTHING,
	QC71_TESTS_STRING,
	QC71_TESTS_PACKAGE,
};

struct qc71_tests_laptop {
	__u8 memory[0x10000];
	/* The last request. */
	__u8 request[8];
	__u32 reads;
	__u32 writes;
	/* Calls of another method, or with bytes that have no business there. */
	__u32 malformed;
	/* Calls that came less than 6 ms after the one before. */
	__u32 hasty;
	/* What the owner chose, as qc71_keep_note() was told it. */
	__u32 notes;
	__u16 noted_address;
	__u8 noted_mask;
	__u8 noted_value;
	/* The next so many calls are answered well, and all that follow with the fault. */
	enum qc71_tests_fault fault;
	__u32 spared;
	__u32 length;
};

/* The caller frees it. */
struct qc71_tests_laptop *qc71_tests_laptop_new(void);
void qc71_tests_laptop_free(struct qc71_tests_laptop *laptop);

/* Lets so much time pass, and tells what the clock says then. */
__u64 qc71_tests_pass(__u32 us);

/* The driver's functions. */
int qc71_tests_read(struct qc71_tests_laptop *laptop, __u16 address, __u8 *value);
int qc71_tests_read_pair(struct qc71_tests_laptop *laptop, __u16 address, __u8 *pair);
int qc71_tests_update(struct qc71_tests_laptop *laptop, __u16 address, __u8 mask, __u8 bits);
int qc71_tests_apply(struct qc71_tests_laptop *laptop, __u16 address, __u8 mask, __u8 bits);

#endif /* QC71_TESTS_LAPTOP_H */
