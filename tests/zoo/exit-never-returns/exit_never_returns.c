// SPDX-License-Identifier: GPL-2.0-only
// Waits for ever in its exit function. The machine's time runs out while it is unloaded.
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/module.h>

static DECLARE_COMPLETION(never);

static int __init exit_never_returns_init(void)
{
	return 0;
}
module_init(exit_never_returns_init);

static void __exit exit_never_returns_exit(void)
{
	wait_for_completion(&never); /* here */
}
module_exit(exit_never_returns_exit);

MODULE_DESCRIPTION("Waits for ever in its exit function");
MODULE_LICENSE("GPL");
