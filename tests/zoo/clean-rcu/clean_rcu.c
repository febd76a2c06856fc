// SPDX-License-Identifier: GPL-2.0-only
// Frees with RCU each time that it is loaded: the kernel does so some seconds later, and until then it looks like a leak.
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

struct clean_rcu {
	struct rcu_head rcu;
	char rest[3000];
};

static int __init clean_rcu_init(void)
{
	struct clean_rcu *object;
	int times;

	for (times = 0; times < 16; times++) {
		object = kmalloc(sizeof(*object), GFP_KERNEL);
		if (!object)
			return -ENOMEM;
		kfree_rcu(object, rcu);
	}
	return 0;
}
module_init(clean_rcu_init);

static void __exit clean_rcu_exit(void)
{
}
module_exit(clean_rcu_exit);

MODULE_DESCRIPTION("Frees with RCU");
MODULE_LICENSE("GPL");
