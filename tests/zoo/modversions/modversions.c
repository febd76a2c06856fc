// SPDX-License-Identifier: GPL-2.0-only
// Says that it was built for a kernel in which module_layout has another form, as a module of another build of the kernel does.
#include <linux/module.h>

static const struct modversion_info modversions_other __used __section("__versions") = {
	.crc = 0x12345678,
	.name = "module_layout",
};

static int __init modversions_init(void)
{
	return 0;
}
module_init(modversions_init);

static void __exit modversions_exit(void)
{
}
module_exit(modversions_exit);

MODULE_DESCRIPTION("Says that it was built for a kernel in which module_layout has another form");
MODULE_LICENSE("GPL");
