// SPDX-License-Identifier: GPL-2.0-only
// Reads beyond an array of its own. Only a kernel with KASAN can see it.
#include <linux/module.h>

static char array[10];

static noinline int global_overflow_look(const char *at)
{
	return READ_ONCE(*at); /* here */
}

static int __init global_overflow_init(void)
{
	char *at = array;

	OPTIMIZER_HIDE_VAR(at);
	global_overflow_look(at + 11);
	return 0;
}
module_init(global_overflow_init);

static void __exit global_overflow_exit(void)
{
}
module_exit(global_overflow_exit);

MODULE_DESCRIPTION("Reads beyond an array of its own");
MODULE_LICENSE("GPL");
