// SPDX-License-Identifier: GPL-2.0-only
// A folder in debugfs, done right.
#include <linux/debugfs.h>
#include <linux/module.h>

static struct dentry *folder;
static u32 count = 3;

static int __init clean_debugfs_init(void)
{
	folder = debugfs_create_dir("clean_debugfs", NULL);
	debugfs_create_u32("count", 0600, folder, &count);
	return 0;
}
module_init(clean_debugfs_init);

static void __exit clean_debugfs_exit(void)
{
	debugfs_remove_recursive(folder);
}
module_exit(clean_debugfs_exit);

MODULE_DESCRIPTION("A folder in debugfs, done right");
MODULE_LICENSE("GPL");
