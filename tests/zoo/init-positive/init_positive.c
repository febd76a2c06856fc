// SPDX-License-Identifier: GPL-2.0-only
// Init returns a positive number, which means nothing. The kernel goes on and complains of it.
#include <linux/module.h>

static int __init init_positive_init(void)
{
	return 1; /* here */
}
module_init(init_positive_init);

static void __exit init_positive_exit(void)
{
}
module_exit(init_positive_exit);

MODULE_DESCRIPTION("Init returns a positive number, which means nothing");
MODULE_LICENSE("GPL");
