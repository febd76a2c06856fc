// SPDX-License-Identifier: GPL-2.0-only
// A WARN that driver.toml allows: it is told, and does not count.
#include <linux/bug.h>
#include <linux/module.h>

static int __init known_init(void)
{
	WARN(1, "the revision is not known\n");
	return 0;
}
module_init(known_init);

static void __exit known_exit(void)
{

}
module_exit(known_exit);

MODULE_DESCRIPTION("A WARN that driver.toml allows: it is told, and does not count");
MODULE_LICENSE("GPL");
