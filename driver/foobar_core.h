/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The store: a ring of bytes with statistics.  This half of the driver knows
 * nothing of files, locks or user memory.  It compiles in the kernel and in a
 * program alike, so it is tested without a kernel.
 *
 * The ring never copies.  It shows the caller a stretch of its memory, the
 * caller copies, and then tells the ring how far it got.  So a copy that stops
 * half-way, as copies from and to user memory may, loses nothing.
 *
 * There is no lock in here: the caller lets one thread in at a time.
 */
#ifndef FOOBAR_CORE_H
#define FOOBAR_CORE_H

#include <linux/types.h>

struct foobar_stats;

/* A ring's capacity is a power of two between these. */
#define FOOBAR_CAPACITY_MIN	16U
#define FOOBAR_CAPACITY_MAX	1048576U

/*
 * @head and @tail count the bytes that ever went in and out, and are allowed
 * to overflow: their difference is right all the same, and since a power of
 * two divides 2^32 so is their place in @data.  Two counters that never turn
 * back can tell a full ring from an empty one, which two indexes can't.
 */
struct foobar_ring {
	__u8 *data;
	__u32 capacity;
	__u32 head;
	__u32 tail;
	__u32 high_water;
	__u32 mode;
	__u64 bytes_written;
	__u64 bytes_read;
	__u64 bytes_lost;
};

/* Returns 1 if a ring can be this large, or else 0. */
int foobar_capacity_is_valid(__u32 capacity);

/* Makes an empty ring of @capacity bytes at @data; the capacity is valid. */
void foobar_ring_init(struct foobar_ring *ring, __u8 *data, __u32 capacity,
		      __u32 mode);

/* How many bytes are in the ring, and how many more would fit. */
__u32 foobar_ring_used(const struct foobar_ring *ring);
__u32 foobar_ring_room(const struct foobar_ring *ring);

/*
 * Points @data at the oldest byte, and returns how many can be read from there
 * on.  Where the bytes wrap around the end of the memory, that is not all.
 */
__u32 foobar_ring_peek(const struct foobar_ring *ring, __u8 **data);

/* Takes the oldest @count bytes out; returns how many there were to take. */
__u32 foobar_ring_consume(struct foobar_ring *ring, __u32 count);

/* The same two steps for writing: where the next bytes go, how many came. */
__u32 foobar_ring_reserve(const struct foobar_ring *ring, __u8 **data);
__u32 foobar_ring_commit(struct foobar_ring *ring, __u32 count);

/*
 * Drops the oldest lines until @wanted bytes fit, or all if @wanted is more
 * than the capacity.  Returns how many bytes were lost.
 */
__u32 foobar_ring_make_room(struct foobar_ring *ring, __u32 wanted);

/* Fills all of @stats but what only the caller knows: @open_files is 0. */
void foobar_ring_stats(const struct foobar_ring *ring,
		       struct foobar_stats *stats);

#endif /* FOOBAR_CORE_H */
