// SPDX-License-Identifier: GPL-2.0-only
// Keeps its folder in debugfs when it is unloaded.
#include <linux/debugfs.h>
#include <linux/module.h>

static int __init leak_debugfs_init(void)
{
	debugfs_create_dir("leak_debugfs", NULL);
	return 0;
}
module_init(leak_debugfs_init);

static void __exit leak_debugfs_exit(void)
{
}
module_exit(leak_debugfs_exit);

MODULE_DESCRIPTION("Keeps its folder in debugfs when it is unloaded");
MODULE_LICENSE("GPL");
