// SPDX-License-Identifier: GPL-2.0-only
// Writes to the very port of the guest's report. Nothing can be believed of it any more.
#include <linux/io.h>
#include <linux/module.h>

static const char line[] = "not ok 1 load forged\n";

static int __init forges_port_init(void)
{
	outsb(0xe9, line, sizeof(line) - 1); /* here */
	return 0;
}
module_init(forges_port_init);

static void __exit forges_port_exit(void)
{
}
module_exit(forges_port_exit);

MODULE_DESCRIPTION("Writes to the very port of the guest's report");
MODULE_LICENSE("GPL");
