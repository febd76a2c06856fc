// SPDX-License-Identifier: MIT OR Apache-2.0
/* Has the name and the place of a module of every kernel, and nothing else of it. */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>

static int __init dummy_init_module(void)
{
	pr_info("dummy: %s\n", FROM_ABOVE);
	return 0;
}

static void __exit dummy_cleanup_module(void)
{
}

module_init(dummy_init_module);
module_exit(dummy_cleanup_module);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("as it was");
