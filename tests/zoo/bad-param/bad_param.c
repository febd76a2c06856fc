// SPDX-License-Identifier: GPL-2.0-only
// Is given a number that is none. The loader must refuse it, and name the parameter.
#include <linux/module.h>
#include <linux/moduleparam.h>

static int size;
module_param(size, int, 0444);

static int __init bad_param_init(void)
{
	return 0;
}
module_init(bad_param_init);

static void __exit bad_param_exit(void)
{
}
module_exit(bad_param_exit);

MODULE_DESCRIPTION("Is given a number that is none");
MODULE_LICENSE("GPL");
