// SPDX-License-Identifier: GPL-2.0-only
// Writes beyond an object. A kernel that has a red zone around each object finds it when the object
// is freed.
#include <linux/module.h>
#include <linux/slab.h>

static noinline void heap_overflow_store(char *at)
{
	WRITE_ONCE(*at, 1); /* here */
}

static noinline void heap_overflow_free(void *object)
{
	kfree(object); /* here */
}

static int __init heap_overflow_init(void)
{
	char *object = kmalloc(64, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(object);
	heap_overflow_store(object + 64);
	heap_overflow_free(object);
	return 0;
}
module_init(heap_overflow_init);

static void __exit heap_overflow_exit(void)
{
}
module_exit(heap_overflow_exit);

MODULE_DESCRIPTION("Writes beyond an object");
MODULE_LICENSE("GPL");
