// SPDX-License-Identifier: GPL-2.0-only
// Forgets pages each time that it is loaded, which are of no cache.
#include <linux/gfp.h>
#include <linux/module.h>

static int __init leak_pages_init(void)
{
	return __get_free_pages(GFP_KERNEL, 1) ? 0 : -ENOMEM;
}
module_init(leak_pages_init);

static void __exit leak_pages_exit(void)
{
}
module_exit(leak_pages_exit);

MODULE_DESCRIPTION("Forgets pages each time");
MODULE_LICENSE("GPL");
