// SPDX-License-Identifier: GPL-2.0-only
// Takes the processor's table of interrupts away and interrupts it. The machine is reset without a
// word.
#include <linux/irqflags.h>
#include <linux/module.h>

#include <asm/desc.h>

static noinline void triple_fault_fault(void)
{
	static const struct desc_ptr nothing;

	asm volatile("lidt %0\n\tint3" : : "m" (nothing)); /* here */
}

static int __init triple_fault_init(void)
{
	local_irq_disable();
	triple_fault_fault();
	return 0;
}
module_init(triple_fault_init);

static void __exit triple_fault_exit(void)
{
}
module_exit(triple_fault_exit);

MODULE_DESCRIPTION("Takes the processor's table of interrupts away and interrupts it");
MODULE_LICENSE("GPL");
