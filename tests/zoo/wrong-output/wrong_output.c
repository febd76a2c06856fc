// SPDX-License-Identifier: GPL-2.0-only
// A driver whose step prints something else.
#include <linux/module.h>

static int __init wrong_output_init(void)
{
	return 0;
}
module_init(wrong_output_init);

static void __exit wrong_output_exit(void)
{

}
module_exit(wrong_output_exit);

MODULE_DESCRIPTION("A driver whose step prints something else");
MODULE_LICENSE("GPL");
