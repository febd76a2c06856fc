// SPDX-License-Identifier: GPL-2.0-only
// Writes beyond an array on its stack. The compiler's guard is found broken, and the kernel gives
// up.
#include <linux/module.h>
#include <linux/string.h>

static int length = 64;

static noinline int stack_protector_fill(void)
{
	char room[16];
	char *at = room;

	OPTIMIZER_HIDE_VAR(at);
	memset(at, 0x55, READ_ONCE(length));
	return at[3];
} /* here */

static int __init stack_protector_init(void)
{
	return stack_protector_fill() == 8 ? -EIO : 0;
}
module_init(stack_protector_init);

static void __exit stack_protector_exit(void)
{
}
module_exit(stack_protector_exit);

MODULE_DESCRIPTION("Writes beyond an array on its stack");
MODULE_LICENSE("GPL");
