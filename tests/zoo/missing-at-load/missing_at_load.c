// SPDX-License-Identifier: GPL-2.0-only
// Needs a symbol that nothing exports, and is built all the same. The symbol must be named when it
// is loaded.
#include <linux/module.h>

int no_such_function(void);

static int __init missing_at_load_init(void)
{
	return no_such_function();
}
module_init(missing_at_load_init);

static void __exit missing_at_load_exit(void)
{
}
module_exit(missing_at_load_exit);

MODULE_DESCRIPTION("Needs a symbol that nothing exports, and is built all the same");
MODULE_LICENSE("GPL");
