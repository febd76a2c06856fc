// SPDX-License-Identifier: GPL-2.0-only
// Has the name of something that is built into the kernel. The loader must refuse it, and say that
// it is there.
#include <linux/module.h>

static int __init tcp_cubic_init(void)
{
	return 0;
}
module_init(tcp_cubic_init);

static void __exit tcp_cubic_exit(void)
{
}
module_exit(tcp_cubic_exit);

MODULE_DESCRIPTION("Has the name of something that is built into the kernel");
MODULE_LICENSE("GPL");
