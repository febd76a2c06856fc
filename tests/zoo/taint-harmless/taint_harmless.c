// SPDX-License-Identifier: GPL-2.0-only
// Sets the taint of a staging driver, and one of the distributor. Neither is a fault.
#include <linux/kernel.h>
#include <linux/module.h>

#if __has_include(<linux/panic.h>)
#include <linux/panic.h>
#endif

static int __init taint_harmless_init(void)
{
	add_taint(TAINT_CRAP, LOCKDEP_STILL_OK);
	add_taint(TAINT_AUX, LOCKDEP_STILL_OK);
	return 0;
}
module_init(taint_harmless_init);

static void __exit taint_harmless_exit(void)
{
}
module_exit(taint_harmless_exit);

MODULE_DESCRIPTION("Sets the taint of a staging driver, and one of the distributor");
MODULE_LICENSE("GPL");
