// SPDX-License-Identifier: GPL-2.0-only
// Copies more than a buffer holds, and the C library of the kernel notices. The place must be
// named.
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

static int length = 32;

struct fortify_name {
	char text[8];
	char after[64];
};

static const char from[64] = "more than eight";

static noinline void fortify_copy(struct fortify_name *name)
{
	strscpy(name->after, "x", sizeof(name->after));
	memcpy(name, from, sizeof(*name) + READ_ONCE(length)); /* here */
}

static int __init fortify_init(void)
{
	struct fortify_name *name = kzalloc(sizeof(*name), GFP_KERNEL);

	if (!name)
		return -ENOMEM;
	fortify_copy(name);
	kfree(name);
	return 0;
}
module_init(fortify_init);

static void __exit fortify_exit(void)
{
}
module_exit(fortify_exit);

MODULE_DESCRIPTION("Copies more than a buffer holds, and the C library of the kernel notices");
MODULE_LICENSE("GPL");
