// SPDX-License-Identifier: GPL-2.0-only
// What it wants is in use: init returns EBUSY. The refusal must be named.
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/printk.h>

static int __init init_ebusy_init(void)
{
	pr_err("giving up\n");
	return -EBUSY; /* here */
}
module_init(init_ebusy_init);

static void __exit init_ebusy_exit(void)
{
}
module_exit(init_ebusy_exit);

MODULE_DESCRIPTION("What it wants is in use");
MODULE_LICENSE("GPL");
