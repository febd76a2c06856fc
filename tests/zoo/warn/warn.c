// SPDX-License-Identifier: GPL-2.0-only
// A WARN that everything else survives: loading, steps and unloading go well.
#include <linux/bug.h>
#include <linux/module.h>

static int __init warn_init(void)
{
	WARN(1, "this should not be\n"); /* here */
	return 0;
}
module_init(warn_init);

static void __exit warn_exit(void)
{

}
module_exit(warn_exit);

MODULE_DESCRIPTION("A WARN that everything else survives: loading, steps and unloading go well");
MODULE_LICENSE("GPL");
