// SPDX-License-Identifier: GPL-2.0-only
// A driver that says what its test forbids.
#include <linux/module.h>

static int __init forbidden_log_line_init(void)
{
	pr_info("falling back to polling\n");
	return 0;
}
module_init(forbidden_log_line_init);

static void __exit forbidden_log_line_exit(void)
{

}
module_exit(forbidden_log_line_exit);

MODULE_DESCRIPTION("A driver that says what its test forbids");
MODULE_LICENSE("GPL");
