// SPDX-License-Identifier: GPL-2.0-only
// Keeps its interrupt when it is unloaded. The kernel's list of interrupts still names it.
#include <linux/interrupt.h>
#include <linux/module.h>

static irqreturn_t leak_irq_handles(int irq, void *data)
{
	return IRQ_NONE;
}

static int __init leak_irq_init(void)
{
	return request_irq(7, leak_irq_handles, IRQF_SHARED, "leak_irq", &leak_irq_handles);
}
module_init(leak_irq_init);

static void __exit leak_irq_exit(void)
{
}
module_exit(leak_irq_exit);

MODULE_DESCRIPTION("Keeps its interrupt when it is unloaded");
MODULE_LICENSE("GPL");
