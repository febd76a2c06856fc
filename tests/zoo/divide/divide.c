// SPDX-License-Identifier: GPL-2.0-only
// Divides by zero. The place must be named.
#include <linux/module.h>

static int zero;

static noinline int divide_share(int all)
{
	return all / READ_ONCE(zero); /* here */
}

static int __init divide_init(void)
{
	return divide_share(7) == 8 ? -EIO : 0;
}
module_init(divide_init);

static void __exit divide_exit(void)
{
}
module_exit(divide_exit);

MODULE_DESCRIPTION("Divides by zero");
MODULE_LICENSE("GPL");
