// SPDX-License-Identifier: GPL-2.0-only
// Is only for kernels with KASAN; others leave it out, and say why.
#include <linux/module.h>

static int __init needs_debug_init(void)
{
	return 0;
}
module_init(needs_debug_init);

static void __exit needs_debug_exit(void)
{
}
module_exit(needs_debug_exit);

MODULE_DESCRIPTION("Is only for kernels with KASAN");
MODULE_LICENSE("GPL");
