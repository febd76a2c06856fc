// SPDX-License-Identifier: GPL-2.0-only
// Asks quietly for more memory than there is, and goes on without. That is right, and the kernel
// says nothing.
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>

static int __init missing_memory_handled_init(void)
{
	void *room = kvmalloc(1UL << 30, GFP_KERNEL | __GFP_NOWARN);

	kvfree(room);
	return 0;
}
module_init(missing_memory_handled_init);

static void __exit missing_memory_handled_exit(void)
{
}
module_exit(missing_memory_handled_exit);

MODULE_DESCRIPTION("Asks quietly for more memory than there is, and goes on without");
MODULE_LICENSE("GPL");
