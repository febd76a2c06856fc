// SPDX-License-Identifier: GPL-2.0-only
// Init refuses an argument of its own with EINVAL. The refusal must be named.
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/printk.h>

static int __init init_einval_init(void)
{
	pr_err("giving up\n");
	return -EINVAL; /* here */
}
module_init(init_einval_init);

static void __exit init_einval_exit(void)
{
}
module_exit(init_einval_exit);

MODULE_DESCRIPTION("Init refuses an argument of its own with EINVAL");
MODULE_LICENSE("GPL");
