// SPDX-License-Identifier: GPL-2.0-only
// A module that never finishes loading.
#include <linux/delay.h>
#include <linux/module.h>

static int __init hang_init(void)
{
	for (;;)
		msleep(1000); /* here */
	return 0;
}
module_init(hang_init);

static void __exit hang_exit(void)
{

}
module_exit(hang_exit);

MODULE_DESCRIPTION("A module that never finishes loading");
MODULE_LICENSE("GPL");
