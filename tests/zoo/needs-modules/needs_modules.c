// SPDX-License-Identifier: GPL-2.0-only
// A module that needs one of the kernel's own, which needs two others.
#include <linux/module.h>
#include <linux/iio/triggered_buffer.h>

static void (*volatile needed)(struct iio_dev *indio_dev) = iio_triggered_buffer_cleanup;

static int __init needs_modules_init(void)
{
	return needed ? 0 : -EINVAL;
}
module_init(needs_modules_init);

static void __exit needs_modules_exit(void)
{
}
module_exit(needs_modules_exit);

MODULE_DESCRIPTION("A module that needs one of the kernel's own, which needs two others");
MODULE_LICENSE("GPL");
