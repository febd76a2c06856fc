// SPDX-License-Identifier: GPL-2.0-only
// Calls a function through a NULL pointer. The caller must be named, since the callee is nowhere.
#include <linux/module.h>

struct null_call_ops {
	int (*start)(void);
};

static struct null_call_ops ops;

static noinline int null_call_start(struct null_call_ops *them)
{
	int err = READ_ONCE(them->start)(); /* here */

	return err < 0 ? err : 0;
}

static int __init null_call_init(void)
{
	return null_call_start(&ops);
}
module_init(null_call_init);

static void __exit null_call_exit(void)
{
}
module_exit(null_call_exit);

MODULE_DESCRIPTION("Calls a function through a NULL pointer");
MODULE_LICENSE("GPL");
