// SPDX-License-Identifier: GPL-2.0-only
// Has no exit function, so it can never be unloaded. The refusal must be named.
#include <linux/module.h>

static int __init no_exit_init(void)
{
	return 0;
}
module_init(no_exit_init);

MODULE_DESCRIPTION("Has no exit function, so it can never be unloaded");
MODULE_LICENSE("GPL");
