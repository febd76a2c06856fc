// SPDX-License-Identifier: GPL-2.0-only
// Goes, and leaves a list of objects that nobody can reach any more.
#include <linux/module.h>
#include "table.h"

static int __init leak_init(void)
{
	return table_add(1) ?: table_add(2) ?: table_add(3);
}
module_init(leak_init);

static void __exit leak_exit(void)
{
}
module_exit(leak_exit);
MODULE_DESCRIPTION("Keeps its table when it goes");
MODULE_LICENSE("GPL");
