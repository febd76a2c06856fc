// SPDX-License-Identifier: GPL-2.0-only
// Sets the taint of a warning, and nobody reports one. The taint alone is a fault.
#include <linux/kernel.h>
#include <linux/module.h>

#if __has_include(<linux/panic.h>)
#include <linux/panic.h>
#endif

static int __init taint_warn_init(void)
{
	add_taint(TAINT_WARN, LOCKDEP_STILL_OK);
	return 0;
}
module_init(taint_warn_init);

static void __exit taint_warn_exit(void)
{
}
module_exit(taint_warn_exit);

MODULE_DESCRIPTION("Sets the taint of a warning, and nobody reports one");
MODULE_LICENSE("GPL");
