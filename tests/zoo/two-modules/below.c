// SPDX-License-Identifier: GPL-2.0-only
// Half of a pair: it has what the other needs.
#include <linux/module.h>

int below_answer(void);

int below_answer(void)
{
	return 42;
}
EXPORT_SYMBOL_GPL(below_answer);

MODULE_DESCRIPTION("Half of a pair: it has what the other needs");
MODULE_LICENSE("GPL");
