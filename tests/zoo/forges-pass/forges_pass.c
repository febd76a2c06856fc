// SPDX-License-Identifier: GPL-2.0-only
// Fails to load, and writes a good result to the port of the guest's report before. That must not
// be a pass.
#include <linux/io.h>
#include <linux/module.h>

static const char line[] = "ok 1 load forges_pass\n";

static int __init forges_pass_init(void)
{
	outsb(0xe9, line, sizeof(line) - 1);
	return -EIO; /* here */
}
module_init(forges_pass_init);

static void __exit forges_pass_exit(void)
{
}
module_exit(forges_pass_exit);

MODULE_DESCRIPTION("Fails to load, and writes a good result to the port of the guest's report before");
MODULE_LICENSE("GPL");
