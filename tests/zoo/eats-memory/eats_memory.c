// SPDX-License-Identifier: GPL-2.0-only
// Takes all memory and does not give it back while a program waits. The kernel kills, and must say
// so.
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

static LIST_HEAD(pages);

static ssize_t eats_memory_read(struct file *file, char __user *to, size_t length, loff_t *at)
{
	struct page *page;

	while (!fatal_signal_pending(current)) {
		page = alloc_page(GFP_KERNEL); /* here */
		if (!page)
			return -ENOMEM;
		list_add(&page->lru, &pages);
	}
	return -EINTR;
}

static const struct file_operations eats_memory_fops = {
	.owner = THIS_MODULE,
	.read = eats_memory_read,
};

static struct miscdevice eats_memory_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "eats_memory",
	.fops = &eats_memory_fops,
};

static int __init eats_memory_init(void)
{
	return misc_register(&eats_memory_device);
}
module_init(eats_memory_init);

static void __exit eats_memory_exit(void)
{
	misc_deregister(&eats_memory_device);
	while (!list_empty(&pages)) {
		struct page *page = list_first_entry(&pages, struct page, lru);

		list_del(&page->lru);
		__free_page(page);
	}
}
module_exit(eats_memory_exit);

MODULE_DESCRIPTION("Takes all memory and does not give it back while a program waits");
MODULE_LICENSE("GPL");
