// SPDX-License-Identifier: GPL-2.0-only
// Asks for far more memory in one piece than there is, and takes no for an answer. The kernel
// complains all the same.
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>

static int __init big_order_init(void)
{
	struct page *pages = alloc_pages(GFP_KERNEL, 10); /* here */
	struct page *more[60] = { };
	int at = 0;

	while (pages && at < 60) {
		more[at++] = pages;
		pages = alloc_pages(GFP_KERNEL, 10); /* here */
	}
	if (pages)
		__free_pages(pages, 10);
	while (at)
		__free_pages(more[--at], 10);
	return 0;
}
module_init(big_order_init);

static void __exit big_order_exit(void)
{
}
module_exit(big_order_exit);

MODULE_DESCRIPTION("Asks for far more memory in one piece than there is, and takes no for an answer");
MODULE_LICENSE("GPL");
