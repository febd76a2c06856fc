// SPDX-License-Identifier: GPL-2.0-only
// Is given a parameter that it has not. The kernel would ignore it, so it is refused before.
#include <linux/module.h>

static int __init unknown_param_init(void)
{
	return 0;
}
module_init(unknown_param_init);

static void __exit unknown_param_exit(void)
{
}
module_exit(unknown_param_exit);

MODULE_DESCRIPTION("Is given a parameter that it has not");
MODULE_LICENSE("GPL");
