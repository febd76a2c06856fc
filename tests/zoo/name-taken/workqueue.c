// SPDX-License-Identifier: GPL-2.0-only
// Has the name of something that is built into the kernel. The loader must refuse it, and say that
// it is there.
#include <linux/module.h>

static int __init name_taken_init(void)
{
	return 0;
}
module_init(name_taken_init);

static void __exit name_taken_exit(void)
{
}
module_exit(name_taken_exit);

MODULE_DESCRIPTION("Has the name of something that is built into the kernel");
MODULE_LICENSE("GPL");
