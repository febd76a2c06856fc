// SPDX-License-Identifier: GPL-2.0-only
// Claims to be for another kernel. The loader must refuse it, and both names must be seen.
#include <linux/module.h>

static int __init vermagic_init(void)
{
	return 0;
}
module_init(vermagic_init);

static void __exit vermagic_exit(void)
{
}
module_exit(vermagic_exit);

MODULE_INFO(vermagic, "1.2.3-other preempt ");
MODULE_DESCRIPTION("Claims to be for another kernel");
MODULE_LICENSE("GPL");
