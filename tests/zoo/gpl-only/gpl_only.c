// SPDX-License-Identifier: GPL-2.0-only
// Is not under the GPL, and uses a symbol that is for the GPL alone. The build must fail and name
// it.
#include <linux/init_task.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sched.h>

static int __init gpl_only_init(void)
{
	return kernel_kobj ? 0 : -1; /* here */
}
module_init(gpl_only_init);

static void __exit gpl_only_exit(void)
{
}
module_exit(gpl_only_exit);

MODULE_DESCRIPTION("Is not under the GPL, and uses a symbol that is for the GPL alone");
MODULE_LICENSE("Proprietary");
