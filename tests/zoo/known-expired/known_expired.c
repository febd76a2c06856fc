// SPDX-License-Identifier: GPL-2.0-only
// A WARN that driver.toml allowed until a day that is over: it counts again, and it is told why.
#include <linux/bug.h>
#include <linux/module.h>

static int __init known_expired_init(void)
{
	WARN_ON(1); /* here */
	return 0;
}
module_init(known_expired_init);

static void __exit known_expired_exit(void)
{

}
module_exit(known_expired_exit);

MODULE_DESCRIPTION("A WARN that driver.toml allowed until a day that is over");
MODULE_LICENSE("GPL");
