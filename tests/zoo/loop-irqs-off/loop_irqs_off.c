// SPDX-License-Identifier: GPL-2.0-only
// Loops for ever in init with interrupts off: nothing else happens any more, not even a message.
#include <linux/irqflags.h>
#include <linux/module.h>

static bool stop;

static int __init loop_irqs_off_init(void)
{
	local_irq_disable();
	while (!READ_ONCE(stop)) /* here */
		cpu_relax(); /* here */
	local_irq_enable();
	return 0;
}
module_init(loop_irqs_off_init);

static void __exit loop_irqs_off_exit(void)
{
}
module_exit(loop_irqs_off_exit);

MODULE_DESCRIPTION("Loops for ever in init with interrupts off");
MODULE_LICENSE("GPL");
