/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What programs and the driver agree on.
 *
 * Programs are compiled once and meet many kernels, so nothing here may ever
 * change its number, its size or its meaning; new things get new numbers.
 * Each type has one size on every machine: no long, no pointer, no enum, and
 * no hole that the compiler would fill.  So a 32-bit program on a 64-bit
 * kernel needs no translation.
 */
#ifndef _UAPI_FOOBAR_H
#define _UAPI_FOOBAR_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Where the device is found. */
#define FOOBAR_PATH "/dev/foobar"

/*
 * The one bit of a mode: a write that finds the store full drops the oldest
 * lines.  Without it, such a write fails with ENOSPC.
 */
#define FOOBAR_DROP_OLDEST	(1U << 0)

/* All bits that have a meaning; the driver refuses the others. */
#define FOOBAR_MODE_ALL		FOOBAR_DROP_OLDEST

/**
 * struct foobar_stats - what has happened since the module was loaded
 * @bytes_written: bytes that writers handed over
 * @bytes_read: bytes that readers took
 * @bytes_lost: bytes that were dropped to make room for newer ones
 * @capacity: bytes the store can hold
 * @used: bytes the store holds now
 * @high_water: the most it ever held
 * @mode: the FOOBAR_* mode bits in force
 * @open_files: how many times the device is open now
 * @reserved: zero
 *
 * The 64-bit counters stop at their largest value instead of starting again
 * from zero.
 */
struct foobar_stats {
	__aligned_u64 bytes_written;
	__aligned_u64 bytes_read;
	__aligned_u64 bytes_lost;
	__u32 capacity;
	__u32 used;
	__u32 high_water;
	__u32 mode;
	__u32 open_files;
	__u32 reserved;
};

/**
 * struct foobar_mode - how the store behaves
 * @flags: FOOBAR_* mode bits
 * @reserved: must be zero, so that it can get a meaning later
 */
struct foobar_mode {
	__u32 flags;
	__u32 reserved;
};

/* The kernel's list of ioctl numbers knows no user of 0xF0. */
#define FOOBAR_IOC_MAGIC	0xF0

/* Direction, size and number are all part of the value. */
#define FOOBAR_IOC_GET_STATS	_IOR(FOOBAR_IOC_MAGIC, 0x01, struct foobar_stats)
#define FOOBAR_IOC_SET_MODE	_IOW(FOOBAR_IOC_MAGIC, 0x02, struct foobar_mode)

#endif /* _UAPI_FOOBAR_H */
