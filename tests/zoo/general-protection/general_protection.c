// SPDX-License-Identifier: GPL-2.0-only
// Reads through an address that no processor takes. The place must be named.
#include <linux/module.h>

static const int *at = (const int *)0x6b6b6b6b6b6b6b6bUL;

static noinline int general_protection_look(const int *at)
{
	return READ_ONCE(*at); /* here */
}

static int __init general_protection_init(void)
{
	return general_protection_look(at) == 1 ? -EIO : 0;
}
module_init(general_protection_init);

static void __exit general_protection_exit(void)
{
}
module_exit(general_protection_exit);

MODULE_DESCRIPTION("Reads through an address that no processor takes");
MODULE_LICENSE("GPL");
