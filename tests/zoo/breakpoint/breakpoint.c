// SPDX-License-Identifier: GPL-2.0-only
// Comes upon a breakpoint of its own. The processor has it behind it when it tells where it is.
#include <linux/module.h>

static int __init breakpoint_init(void)
{
	asm volatile("int3"); /* here */
	return 0;
}
module_init(breakpoint_init);

static void __exit breakpoint_exit(void)
{
}
module_exit(breakpoint_exit);

MODULE_DESCRIPTION("Comes upon a breakpoint");
MODULE_LICENSE("GPL");
