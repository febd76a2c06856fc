// SPDX-License-Identifier: GPL-2.0-only
// Half of a pair: it can only be loaded after the other, and must be unloaded before it.
#include <linux/module.h>

int below_answer(void);

static int __init above_init(void)
{
	pr_info("the answer is %d\n", below_answer());
	return 0;
}
module_init(above_init);

static void __exit above_exit(void)
{
}
module_exit(above_exit);

MODULE_DESCRIPTION("Half of a pair: it can only be loaded after the other");
MODULE_LICENSE("GPL");
