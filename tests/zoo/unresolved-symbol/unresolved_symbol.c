// SPDX-License-Identifier: GPL-2.0-only
// A module that modpost refuses: nobody exports what it calls.
#include <linux/module.h>

void no_such_function(void);

static int __init unresolved_symbol_init(void)
{
	no_such_function();
	return 0;
}
module_init(unresolved_symbol_init);

static void __exit unresolved_symbol_exit(void)
{

}
module_exit(unresolved_symbol_exit);

MODULE_DESCRIPTION("A module that modpost refuses: nobody exports what it calls");
MODULE_LICENSE("GPL");
