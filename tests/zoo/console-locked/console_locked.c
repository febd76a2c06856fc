// SPDX-License-Identifier: GPL-2.0-only
// Locks the console and goes. The kernel can't be heard any more, so nothing good can be said.
#include <linux/console.h>
#include <linux/module.h>

static int __init console_locked_init(void)
{
	console_lock();
	return 0;
}
module_init(console_locked_init);

static void __exit console_locked_exit(void)
{
}
module_exit(console_locked_exit);

MODULE_DESCRIPTION("Locks the console and goes");
MODULE_LICENSE("GPL");
