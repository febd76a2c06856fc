// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include <linux/list.h>
#include "table.h"

LIST_HEAD(table);

static inline struct entry *entry_new(int key)
{
	struct entry *entry = kmalloc(sizeof(*entry), GFP_KERNEL); /* here */

	if (entry)
		entry->key = key;
	return entry;
}

int table_add(int key)
{
	struct entry *entry = entry_new(key);

	if (!entry)
		return -ENOMEM;
	list_add(&entry->list, &table);
	return 0;
}
