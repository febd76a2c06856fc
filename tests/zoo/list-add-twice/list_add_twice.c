// SPDX-License-Identifier: GPL-2.0-only
// Puts an entry on a list twice. The kernel must name the place.
#include <linux/list.h>
#include <linux/module.h>

static LIST_HEAD(list);

static noinline void list_add_twice_put(struct list_head *entry)
{
	list_add(entry, &list); /* here */
}

static int __init list_add_twice_init(void)
{
	static struct list_head entry;

	list_add_twice_put(&entry);
	list_add_twice_put(&entry);
	return 0;
}
module_init(list_add_twice_init);

static void __exit list_add_twice_exit(void)
{
}
module_exit(list_add_twice_exit);

MODULE_DESCRIPTION("Puts an entry on a list twice");
MODULE_LICENSE("GPL");
