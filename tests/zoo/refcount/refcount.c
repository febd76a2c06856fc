// SPDX-License-Identifier: GPL-2.0-only
// Puts a reference that it does not have. The kernel must name the place.
#include <linux/module.h>
#include <linux/refcount.h>

static refcount_t count = REFCOUNT_INIT(1);

static noinline void refcount_put(void)
{
	if (refcount_dec_and_test(&count)) /* here */
		pr_info("nobody refers to it\n");
}

static int __init refcount_init(void)
{
	refcount_put();
	refcount_put();
	return 0;
}
module_init(refcount_init);

static void __exit refcount_exit(void)
{
}
module_exit(refcount_exit);

MODULE_DESCRIPTION("Puts a reference that it does not have");
MODULE_LICENSE("GPL");
