// SPDX-License-Identifier: MIT OR Apache-2.0
/* Has the name and the place of a module of every kernel, and nothing else of it. */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>

static int __init tun_init_module(void)
{
	pr_info("tun: %s\n", FROM_ABOVE);
	return 0;
}

static void __exit tun_cleanup_module(void)
{
}

module_init(tun_init_module);
module_exit(tun_cleanup_module);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("as it was");
