// SPDX-License-Identifier: GPL-2.0-only
// Tests of KUnit's, of which one fails.
#include <kunit/test.h>
#include <linux/module.h>

static void zoo_adds(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1 + 1, 2);
}

static void zoo_counts(struct kunit *test)
{
	int sum = 2;

	KUNIT_EXPECT_EQ_MSG(test, sum, 3, "the sum is wrong"); /* here */
}

static void zoo_skips(struct kunit *test)
{
	kunit_skip(test, "there is no device");
}

static const int squares[] = { 1, 2, 3 };

static void zoo_describe(const int *n, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "of %d", *n);
}
KUNIT_ARRAY_PARAM(zoo_squares, squares, zoo_describe);

static void zoo_square(struct kunit *test)
{
	const int *n = test->param_value;

	KUNIT_EXPECT_GT(test, *n * *n, 0);
}

static struct kunit_case zoo_cases[] = {
	KUNIT_CASE(zoo_adds),
	KUNIT_CASE(zoo_counts),
	KUNIT_CASE(zoo_skips),
	KUNIT_CASE_PARAM(zoo_square, zoo_squares_gen_params),
	{}
};

static struct kunit_suite zoo_suite = {
	.name = "zoo",
	.test_cases = zoo_cases,
};
kunit_test_suite(zoo_suite);

MODULE_DESCRIPTION("Tests of KUnit's, of which one fails");
MODULE_LICENSE("GPL");
