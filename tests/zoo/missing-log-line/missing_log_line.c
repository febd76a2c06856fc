// SPDX-License-Identifier: GPL-2.0-only
// A driver that does not say what its test requires.
#include <linux/module.h>

static int __init missing_log_line_init(void)
{
	pr_info("hello\n");
	return 0;
}
module_init(missing_log_line_init);

static void __exit missing_log_line_exit(void)
{

}
module_exit(missing_log_line_exit);

MODULE_DESCRIPTION("A driver that does not say what its test requires");
MODULE_LICENSE("GPL");
