// SPDX-License-Identifier: GPL-2.0-only
// Shifts by more bits than there are. Only a kernel with UBSAN can see it.
#include <linux/module.h>

static int bits = 40;

static noinline int shift_shift(int value)
{
	return value << READ_ONCE(bits); /* here */
}

static int __init shift_init(void)
{
	return shift_shift(1) == 12345 ? -EIO : 0;
}
module_init(shift_init);

static void __exit shift_exit(void)
{
}
module_exit(shift_exit);

MODULE_DESCRIPTION("Shifts by more bits than there are");
MODULE_LICENSE("GPL");
