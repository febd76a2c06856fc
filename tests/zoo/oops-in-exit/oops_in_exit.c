// SPDX-License-Identifier: GPL-2.0-only
// A null pointer is followed while the module unloads.
#include <linux/module.h>

static int *nowhere;

static int __init oops_in_exit_init(void)
{
	return 0;
}
module_init(oops_in_exit_init);

static void __exit oops_in_exit_exit(void)
{
	WRITE_ONCE(*nowhere, 1); /* here */
}
module_exit(oops_in_exit_exit);

MODULE_DESCRIPTION("A null pointer is followed while the module unloads");
MODULE_LICENSE("GPL");
