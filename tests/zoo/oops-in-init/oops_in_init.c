// SPDX-License-Identifier: GPL-2.0-only
// A null pointer is followed while the module loads.
#include <linux/module.h>

static int *nowhere;

static int __init oops_in_init_init(void)
{
	return READ_ONCE(*nowhere); /* here */
}
module_init(oops_in_init_init);

static void __exit oops_in_init_exit(void)
{

}
module_exit(oops_in_init_exit);

MODULE_DESCRIPTION("A null pointer is followed while the module loads");
MODULE_LICENSE("GPL");
