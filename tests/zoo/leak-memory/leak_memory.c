// SPDX-License-Identifier: GPL-2.0-only
// Forgets an object. Only a kernel with kmemleak can see it.
#include <linux/module.h>
#include <linux/slab.h>

static noinline void leak_memory_forget(void)
{
	void *object = kmalloc(1000, GFP_KERNEL); /* here */

	barrier_data(object);
}

static int __init leak_memory_init(void)
{
	int times;

	for (times = 0; times < 8; times++)
		leak_memory_forget();
	return 0;
}
module_init(leak_memory_init);

static void __exit leak_memory_exit(void)
{
}
module_exit(leak_memory_exit);

MODULE_DESCRIPTION("Forgets an object");
MODULE_LICENSE("GPL");
