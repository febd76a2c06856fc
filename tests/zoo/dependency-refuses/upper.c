// SPDX-License-Identifier: GPL-2.0-only
// Is two modules, of which the lower one finds no device. The upper one is never tried.
#include <linux/module.h>

int lower_answer(void);

static int __init upper_init(void)
{
	return lower_answer() == 42 ? 0 : -EIO;
}
module_init(upper_init);

static void __exit upper_exit(void)
{
}
module_exit(upper_exit);

MODULE_DESCRIPTION("Is two modules, of which the lower one finds no device");
MODULE_LICENSE("GPL");
