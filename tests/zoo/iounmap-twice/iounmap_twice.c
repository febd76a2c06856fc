// SPDX-License-Identifier: GPL-2.0-only
// Unmaps a device's registers twice. The kernel says so, and leaves no taint.
#include <linux/io.h>
#include <linux/module.h>

/* Of the machine's HPET: every PC has something there. */
#define REGISTERS 0xfed00000

static int __init iounmap_twice_init(void)
{
	void __iomem *registers = ioremap(REGISTERS, 0x400);

	if (!registers)
		return -ENOMEM;
	iounmap(registers);
	iounmap(registers); /* here */
	return 0;
}
module_init(iounmap_twice_init);

static void __exit iounmap_twice_exit(void)
{
}
module_exit(iounmap_twice_exit);

MODULE_DESCRIPTION("Unmaps a device's registers twice");
MODULE_LICENSE("GPL");
