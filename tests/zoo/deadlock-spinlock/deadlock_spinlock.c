// SPDX-License-Identifier: GPL-2.0-only
// Takes a spinlock that it holds. It spins for ever; a kernel with lockdep says so before.
#include <linux/module.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(lock);

static int __init deadlock_spinlock_init(void)
{
	spin_lock(&lock);
	spin_lock(&lock); /* here */
	return 0;
}
module_init(deadlock_spinlock_init);

static void __exit deadlock_spinlock_exit(void)
{
}
module_exit(deadlock_spinlock_exit);

MODULE_DESCRIPTION("Takes a spinlock that it holds");
MODULE_LICENSE("GPL");
