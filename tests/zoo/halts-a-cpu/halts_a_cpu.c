// SPDX-License-Identifier: GPL-2.0-only
// Halts its processor, and no interrupt wakes it. It has that instruction behind it when it is looked at.
#include <linux/irqflags.h>
#include <linux/module.h>

static int __init halts_a_cpu_init(void)
{
	local_irq_disable();
	asm volatile("hlt"); /* here */
	local_irq_enable();
	return 0;
}
module_init(halts_a_cpu_init);

static void __exit halts_a_cpu_exit(void)
{
}
module_exit(halts_a_cpu_exit);

MODULE_DESCRIPTION("Halts its processor");
MODULE_LICENSE("GPL");
