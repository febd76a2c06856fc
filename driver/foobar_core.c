// SPDX-License-Identifier: GPL-2.0-only
/*
 * The store; see foobar_core.h for what it promises.
 */
#include "foobar_core.h"
#include "foobar.h"

/*
 * Adds to a counter, which stops at its largest value.  A counter that stopped
 * still says "at least so many"; one that wrapped around says nothing.
 */
static void foobar_count(__u64 *counter, __u64 amount)
{
	__u64 sum = *counter + amount;

	*counter = sum < amount ? ~(__u64)0 : sum;
}

static __u32 foobar_min(__u32 a, __u32 b)
{
	return a < b ? a : b;
}

/* Where in the memory the byte with this number lives. */
static __u32 foobar_place(const struct foobar_ring *ring, __u32 position)
{
	return position & (ring->capacity - 1);
}

int foobar_capacity_is_valid(__u32 capacity)
{
	if (capacity < FOOBAR_CAPACITY_MIN || capacity > FOOBAR_CAPACITY_MAX)
		return 0;

	/* A power of two shares no bit with its predecessor. */
	return (capacity & (capacity - 1)) == 0;
}

void foobar_ring_init(struct foobar_ring *ring, __u8 *data, __u32 capacity,
		      __u32 mode)
{
	ring->data = data;
	ring->capacity = capacity;
	/*
	 * Start just before the overflow.  If it did any harm, that would be
	 * seen in the first minute, and not after four gigabytes.
	 */
	ring->head = 0U - capacity;
	ring->tail = ring->head;
	ring->high_water = 0;
	ring->mode = mode;
	ring->bytes_written = 0;
	ring->bytes_read = 0;
	ring->bytes_lost = 0;
}

__u32 foobar_ring_used(const struct foobar_ring *ring)
{
	return ring->head - ring->tail;
}

__u32 foobar_ring_room(const struct foobar_ring *ring)
{
	return ring->capacity - foobar_ring_used(ring);
}

__u32 foobar_ring_peek(const struct foobar_ring *ring, __u8 **data)
{
	__u32 place = foobar_place(ring, ring->tail);

	*data = ring->data + place;
	return foobar_min(foobar_ring_used(ring), ring->capacity - place);
}

__u32 foobar_ring_consume(struct foobar_ring *ring, __u32 count)
{
	count = foobar_min(count, foobar_ring_used(ring));
	ring->tail += count;
	foobar_count(&ring->bytes_read, count);
	return count;
}

__u32 foobar_ring_reserve(const struct foobar_ring *ring, __u8 **data)
{
	__u32 place = foobar_place(ring, ring->head);

	*data = ring->data + place;
	return foobar_min(foobar_ring_room(ring), ring->capacity - place);
}

__u32 foobar_ring_commit(struct foobar_ring *ring, __u32 count)
{
	count = foobar_min(count, foobar_ring_room(ring));
	ring->head += count;
	foobar_count(&ring->bytes_written, count);
	if (foobar_ring_used(ring) > ring->high_water)
		ring->high_water = foobar_ring_used(ring);
	return count;
}

__u32 foobar_ring_make_room(struct foobar_ring *ring, __u32 wanted)
{
	__u32 room = foobar_ring_room(ring);
	__u32 start = ring->tail;
	__u32 lost;

	wanted = foobar_min(wanted, ring->capacity);
	if (wanted <= room)
		return 0;

	ring->tail += wanted - room;
	/*
	 * That may have cut a line in two.  Half a line would deceive a
	 * reader, so the rest of it goes as well.
	 */
	while (ring->tail != ring->head &&
	       ring->data[foobar_place(ring, ring->tail - 1)] != '\n')
		ring->tail++;

	lost = ring->tail - start;
	foobar_count(&ring->bytes_lost, lost);
	return lost;
}

void foobar_ring_stats(const struct foobar_ring *ring,
		       struct foobar_stats *stats)
{
	stats->bytes_written = ring->bytes_written;
	stats->bytes_read = ring->bytes_read;
	stats->bytes_lost = ring->bytes_lost;
	stats->capacity = ring->capacity;
	stats->used = foobar_ring_used(ring);
	stats->high_water = ring->high_water;
	stats->mode = ring->mode;
	stats->open_files = 0;
	/* Every byte is set: what is not would show a program old memory. */
	stats->reserved = 0;
}
