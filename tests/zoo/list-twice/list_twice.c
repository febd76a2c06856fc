// SPDX-License-Identifier: GPL-2.0-only
// Takes an entry off a list twice. The kernel must name the place.
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>

static LIST_HEAD(list);

static noinline void list_twice_take(struct list_head *entry)
{
	list_del(entry); /* here */
}

static int __init list_twice_init(void)
{
	static struct list_head entry;

	list_add(&entry, &list);
	list_twice_take(&entry);
	list_twice_take(&entry);
	return 0;
}
module_init(list_twice_init);

static void __exit list_twice_exit(void)
{
}
module_exit(list_twice_exit);

MODULE_DESCRIPTION("Takes an entry off a list twice");
MODULE_LICENSE("GPL");
