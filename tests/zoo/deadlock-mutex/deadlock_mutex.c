// SPDX-License-Identifier: GPL-2.0-only
// Takes a mutex that it holds. It never comes back; a kernel with lockdep says so before.
#include <linux/module.h>
#include <linux/mutex.h>

static DEFINE_MUTEX(lock);

static int __init deadlock_mutex_init(void)
{
	mutex_lock(&lock);
	mutex_lock(&lock); /* here */
	return 0;
}
module_init(deadlock_mutex_init);

static void __exit deadlock_mutex_exit(void)
{
}
module_exit(deadlock_mutex_exit);

MODULE_DESCRIPTION("Takes a mutex that it holds");
MODULE_LICENSE("GPL");
