// SPDX-License-Identifier: GPL-2.0-only
// Init finds no memory and returns ENOMEM. The refusal must be named.
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/printk.h>

static int __init init_enomem_init(void)
{
	pr_err("giving up\n");
	return -ENOMEM; /* here */
}
module_init(init_enomem_init);

static void __exit init_enomem_exit(void)
{
}
module_exit(init_enomem_exit);

MODULE_DESCRIPTION("Init finds no memory and returns ENOMEM");
MODULE_LICENSE("GPL");
