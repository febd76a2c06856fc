// SPDX-License-Identifier: GPL-2.0-only
// Calls what is data. The kernel can't follow the calls from there, and must be believed what it guesses.
#include <linux/module.h>

static u8 call_of_data_code[16] = { 0xc3 };

static int __init call_of_data_init(void)
{
	((void (*)(void))call_of_data_code)(); /* here */
	return 0;
}
module_init(call_of_data_init);

static void __exit call_of_data_exit(void)
{
}
module_exit(call_of_data_exit);

MODULE_DESCRIPTION("Calls what is data");
MODULE_LICENSE("GPL");
