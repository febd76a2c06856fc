// SPDX-License-Identifier: GPL-2.0-only
// Must be for another machine, and takes this one.
#include <linux/module.h>

static int __init not_refused_init(void)
{
	return 0;
}
module_init(not_refused_init);

static void __exit not_refused_exit(void)
{
}
module_exit(not_refused_exit);

MODULE_DESCRIPTION("Must be for another machine, and takes this one");
MODULE_LICENSE("GPL");
