// SPDX-License-Identifier: GPL-2.0-only
// Writes to NULL when its parameter is set, in a function that ends with the call.
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

static int *where;

static int null_in_param_set(const char *value, const struct kernel_param *param)
{
	return kstrtoint(value, 0, where); /* here */
}

static const struct kernel_param_ops null_in_param_ops = {
	.set = null_in_param_set,
};

module_param_cb(size, &null_in_param_ops, &where, 0200);

static int __init null_in_param_init(void)
{
	return 0;
}
module_init(null_in_param_init);

static void __exit null_in_param_exit(void)
{
}
module_exit(null_in_param_exit);

MODULE_DESCRIPTION("Writes to NULL when its parameter is set");
MODULE_LICENSE("GPL");
