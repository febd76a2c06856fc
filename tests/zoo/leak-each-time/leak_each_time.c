// SPDX-License-Identifier: GPL-2.0-only
// Forgets an object each time that it is loaded; to see it takes more than one time.
#include <linux/module.h>
#include <linux/slab.h>

static int __init leak_each_time_init(void)
{
	void *object = kmalloc(200, GFP_KERNEL); /* here */

	barrier_data(object);
	return 0;
}
module_init(leak_each_time_init);

static void __exit leak_each_time_exit(void)
{
}
module_exit(leak_each_time_exit);

MODULE_DESCRIPTION("Forgets an object each time");
MODULE_LICENSE("GPL");
