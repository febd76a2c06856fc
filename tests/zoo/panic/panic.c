// SPDX-License-Identifier: GPL-2.0-only
// A panic while the module loads.
#include <linux/module.h>

#if __has_include(<linux/panic.h>)
#include <linux/panic.h>
#endif

static int __init panic_init(void)
{
	panic("no way on"); /* here */
	return 0;
}
module_init(panic_init);

static void __exit panic_exit(void)
{

}
module_exit(panic_exit);

MODULE_DESCRIPTION("A panic while the module loads");
MODULE_LICENSE("GPL");
