// SPDX-License-Identifier: GPL-2.0-only
// Unlocks a mutex that is not locked. No kernel but one that checks its locks can see it.
#include <linux/module.h>
#include <linux/mutex.h>

static DEFINE_MUTEX(lock);

static int __init unlock_unlocked_init(void)
{
	mutex_unlock(&lock); /* here */
	return 0;
}
module_init(unlock_unlocked_init);

static void __exit unlock_unlocked_exit(void)
{
}
module_exit(unlock_unlocked_exit);

MODULE_DESCRIPTION("Unlocks a mutex that is not locked");
MODULE_LICENSE("GPL");
