// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the store inside a kernel, by KUnit: with the kernel's compiler,
 * its options, and whatever it checks memory with.  They run when this module
 * is loaded.  It is one of its own, so that foobar.ko needs no KUnit.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/string.h>

/* Its own copy: an object can't be part of two modules. */
#include "foobar_core.c"

/* Allocated, not static, so that KASAN guards both ends. */
static struct foobar_ring *foobar_test_ring(struct kunit *test, __u32 mode)
{
	struct foobar_ring *ring = kunit_kzalloc(test, sizeof(*ring), GFP_KERNEL);
	__u8 *data = kunit_kzalloc(test, FOOBAR_CAPACITY_MIN, GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ring);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, data);
	foobar_ring_init(ring, data, FOOBAR_CAPACITY_MIN, mode);
	return ring;
}

/* Returns how many bytes of @text fitted. */
static __u32 foobar_test_write(struct foobar_ring *ring, const char *text)
{
	__u32 length = strlen(text), written = 0;
	__u32 room;
	__u8 *to;

	while (written < length) {
		room = foobar_min(foobar_ring_reserve(ring, &to), length - written);
		if (!room)
			break;
		memcpy(to, text + written, room);
		written += foobar_ring_commit(ring, room);
	}
	return written;
}

/* Takes all that is in the ring, as a string; @text has room for it. */
static void foobar_test_read(struct foobar_ring *ring, char *text)
{
	__u32 count;
	__u8 *from;

	while ((count = foobar_ring_peek(ring, &from))) {
		memcpy(text, from, count);
		text += foobar_ring_consume(ring, count);
	}
	*text = '\0';
}

struct foobar_capacity {
	__u32 bytes;
	int valid;
};

static const struct foobar_capacity foobar_capacities[] = {
	{ 0, 0 },
	{ FOOBAR_CAPACITY_MIN / 2, 0 },
	{ FOOBAR_CAPACITY_MIN, 1 },
	{ FOOBAR_CAPACITY_MIN + 1, 0 },
	{ FOOBAR_CAPACITY_MAX, 1 },
	{ FOOBAR_CAPACITY_MAX * 2, 0 },
};

static void foobar_capacity_name(const struct foobar_capacity *capacity, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%u bytes", capacity->bytes);
}

KUNIT_ARRAY_PARAM(foobar_capacity, foobar_capacities, foobar_capacity_name);

static void foobar_test_capacity(struct kunit *test)
{
	const struct foobar_capacity *capacity = test->param_value;

	KUNIT_EXPECT_EQ(test, foobar_capacity_is_valid(capacity->bytes), capacity->valid);
}

static void foobar_test_order(struct kunit *test)
{
	struct foobar_ring *ring = foobar_test_ring(test, 0);
	char text[FOOBAR_CAPACITY_MIN + 1];

	KUNIT_EXPECT_EQ(test, foobar_test_write(ring, "one\n"), 4);
	KUNIT_EXPECT_EQ(test, foobar_test_write(ring, "two\n"), 4);
	foobar_test_read(ring, text);
	KUNIT_EXPECT_STREQ(test, text, "one\ntwo\n");
	KUNIT_EXPECT_EQ(test, foobar_ring_used(ring), 0);
}

/* Far enough for the counters to overflow, and the data to wrap, many times. */
static void foobar_test_wrap(struct kunit *test)
{
	struct foobar_ring *ring = foobar_test_ring(test, 0);
	char text[FOOBAR_CAPACITY_MIN + 1];
	int i;

	for (i = 0; i < 100; i++) {
		KUNIT_ASSERT_EQ(test, foobar_test_write(ring, "seven c"), 7);
		foobar_test_read(ring, text);
		KUNIT_ASSERT_STREQ(test, text, "seven c");
	}
	KUNIT_EXPECT_EQ(test, ring->bytes_written, 700);
	KUNIT_EXPECT_EQ(test, ring->high_water, 7);
}

static void foobar_test_full(struct kunit *test)
{
	struct foobar_ring *ring = foobar_test_ring(test, 0);

	KUNIT_EXPECT_EQ(test, foobar_test_write(ring, "sixteen and more bytes"), FOOBAR_CAPACITY_MIN);
	KUNIT_EXPECT_EQ(test, foobar_ring_room(ring), 0);
	KUNIT_EXPECT_EQ(test, foobar_test_write(ring, "x"), 0);
}

static void foobar_test_drops_lines(struct kunit *test)
{
	struct foobar_ring *ring = foobar_test_ring(test, FOOBAR_DROP_OLDEST);
	char text[FOOBAR_CAPACITY_MIN + 1];

	foobar_test_write(ring, "first\nsecond\n");
	/* Three bytes fit; of the first line all has to go. */
	KUNIT_EXPECT_EQ(test, foobar_ring_make_room(ring, 5), 6);
	KUNIT_EXPECT_EQ(test, ring->bytes_lost, 6);
	foobar_test_read(ring, text);
	KUNIT_EXPECT_STREQ(test, text, "second\n");
}

static struct kunit_case foobar_cases[] = {
	KUNIT_CASE_PARAM(foobar_test_capacity, foobar_capacity_gen_params),
	KUNIT_CASE(foobar_test_order),
	KUNIT_CASE(foobar_test_wrap),
	KUNIT_CASE(foobar_test_full),
	KUNIT_CASE(foobar_test_drops_lines),
	{}
};

static struct kunit_suite foobar_suite = {
	.name = "foobar",
	.test_cases = foobar_cases,
};
kunit_test_suite(foobar_suite);

MODULE_DESCRIPTION("Tests of foobar's store");
MODULE_LICENSE("GPL");
