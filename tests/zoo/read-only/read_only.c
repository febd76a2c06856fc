// SPDX-License-Identifier: GPL-2.0-only
// Writes to what is constant. The place must be named.
#include <linux/module.h>

static const int constant[4] = { 1, 2, 3, 4 };

static noinline void read_only_store(int *at)
{
	WRITE_ONCE(*at, 5); /* here */
}

static int __init read_only_init(void)
{
	read_only_store((int *)&constant[2]);
	return READ_ONCE(constant[1]) ? 0 : -EIO;
}
module_init(read_only_init);

static void __exit read_only_exit(void)
{
}
module_exit(read_only_exit);

MODULE_DESCRIPTION("Writes to what is constant");
MODULE_LICENSE("GPL");
