// SPDX-License-Identifier: GPL-2.0-only
// Calls itself until the stack is full. The kernel must say that it was the stack.
#include <linux/module.h>
#include <linux/printk.h>

static noinline int deep_recursion_down(int depth)
{ /* here */
	char room[256]; /* here */

	room[0] = depth; /* here */
	OPTIMIZER_HIDE_VAR(depth);
	if (!depth)
		return 0;
	return deep_recursion_down(depth + 1) + READ_ONCE(room[0]); /* here */
}

static int __init deep_recursion_init(void)
{
	return deep_recursion_down(1) == 8 ? -EIO : 0;
}
module_init(deep_recursion_init);

static void __exit deep_recursion_exit(void)
{
}
module_exit(deep_recursion_exit);

MODULE_DESCRIPTION("Calls itself until the stack is full");
MODULE_LICENSE("GPL");
