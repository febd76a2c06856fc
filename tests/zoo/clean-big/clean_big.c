// SPDX-License-Identifier: GPL-2.0-only
// Has a thousand functions and a megabyte of data. Size is no fault.
#include <linux/module.h>

static char room[1 << 20] = { 1 };

#define TIMES_1(name) \
	static noinline __used int name(int value) { return READ_ONCE(room[value]) + value; }
#define TIMES_4(name) TIMES_1(name##0) TIMES_1(name##1) TIMES_1(name##2) TIMES_1(name##3)
#define TIMES_16(name) TIMES_4(name##0) TIMES_4(name##1) TIMES_4(name##2) TIMES_4(name##3)
#define TIMES_64(name) TIMES_16(name##0) TIMES_16(name##1) TIMES_16(name##2) TIMES_16(name##3)
#define TIMES_256(name) TIMES_64(name##0) TIMES_64(name##1) TIMES_64(name##2) TIMES_64(name##3)
#define TIMES_1024(name) TIMES_256(name##0) TIMES_256(name##1) TIMES_256(name##2) TIMES_256(name##3)

TIMES_1024(function_)

static int __init clean_big_init(void)
{
	return function_00000(0) + function_33333(0) == 2 ? 0 : -EIO;
}
module_init(clean_big_init);

static void __exit clean_big_exit(void)
{
}
module_exit(clean_big_exit);

MODULE_DESCRIPTION("Has a thousand functions and a megabyte of data");
MODULE_LICENSE("GPL");
