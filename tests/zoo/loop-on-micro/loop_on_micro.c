// SPDX-License-Identifier: GPL-2.0-only
// Loops for ever in init with interrupts off, on a machine that has no port to say who interrupts it.
#include <linux/irqflags.h>
#include <linux/module.h>

static bool stop;

static int __init loop_on_micro_init(void)
{
	local_irq_disable();
	while (!READ_ONCE(stop)) /* here */
		cpu_relax(); /* here */
	local_irq_enable();
	return 0;
}
module_init(loop_on_micro_init);

static void __exit loop_on_micro_exit(void)
{
}
module_exit(loop_on_micro_exit);

MODULE_DESCRIPTION("Loops for ever in init with interrupts off, on a small machine");
MODULE_LICENSE("GPL");
