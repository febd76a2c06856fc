// SPDX-License-Identifier: GPL-2.0-only
// Is not under the GPL, and uses nothing that is. It taints the kernel, which is no fault.
#include <linux/module.h>
#include <linux/printk.h>

static int __init proprietary_init(void)
{
	pr_info("closed\n");
	return 0;
}
module_init(proprietary_init);

static void __exit proprietary_exit(void)
{
}
module_exit(proprietary_exit);

MODULE_DESCRIPTION("Is not under the GPL, and uses nothing that is");
MODULE_LICENSE("Proprietary");
