// SPDX-License-Identifier: GPL-2.0-only
// Finds no device, so that what depends on it can't be loaded.
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/module.h>

int lower_answer(void);

int lower_answer(void)
{
	return 42;
}
EXPORT_SYMBOL_GPL(lower_answer);

static int __init lower_init(void)
{
	return -ENODEV; /* here */
}
module_init(lower_init);

static void __exit lower_exit(void)
{
}
module_exit(lower_exit);

MODULE_DESCRIPTION("Finds no device, so that what depends on it can't be loaded");
MODULE_LICENSE("GPL");
