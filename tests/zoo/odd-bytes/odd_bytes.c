// SPDX-License-Identifier: GPL-2.0-only
// Logs control characters, escape sequences of terminals, and what is no UTF-8. That is ugly, and
// no fault.
#include <linux/module.h>
#include <linux/printk.h>

static int __init odd_bytes_init(void)
{
	pr_info("bell \a, back \b\b\b, tab\t, return \r, vertical \v, form \f, delete \x7f\n");
	pr_info("\x1b[2J\x1b[H\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1bP half\n");
	pr_info("half of UTF-8: \xc3 \xe2\x82 \xff\xfe\xf0\x9f\n");
	pr_info("right to left: \xe2\x80\xae, a zero width joiner: \xe2\x80\x8d\n");
	pr_info("a line\nand another\n\n\nin one message\n");
	pr_info("a message without an end");
	return 0;
}
module_init(odd_bytes_init);

static void __exit odd_bytes_exit(void)
{
}
module_exit(odd_bytes_exit);

MODULE_DESCRIPTION("Logs control characters, escape sequences of terminals, and what is no UTF-8");
MODULE_LICENSE("GPL");
