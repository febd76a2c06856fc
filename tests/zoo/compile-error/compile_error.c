// SPDX-License-Identifier: GPL-2.0-only
// A module that the compiler refuses.
#include <linux/module.h>

static int __init compile_error_init(void)
{
	return no_such_function(); /* here */
}
module_init(compile_error_init);

static void __exit compile_error_exit(void)
{

}
module_exit(compile_error_exit);

MODULE_DESCRIPTION("A module that the compiler refuses");
MODULE_LICENSE("GPL");
