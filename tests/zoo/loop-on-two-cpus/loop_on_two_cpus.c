// SPDX-License-Identifier: GPL-2.0-only
// Loops for ever in init with interrupts off, on one of two processors. The other one can still look.
#include <linux/irqflags.h>
#include <linux/module.h>

static bool stop;

static int __init loop_on_two_cpus_init(void)
{
	local_irq_disable();
	while (!READ_ONCE(stop)) /* here */
		cpu_relax(); /* here */
	local_irq_enable();
	return 0;
}
module_init(loop_on_two_cpus_init);

static void __exit loop_on_two_cpus_exit(void)
{
}
module_exit(loop_on_two_cpus_exit);

MODULE_DESCRIPTION("Loops for ever in init with interrupts off, on one of two processors");
MODULE_LICENSE("GPL");
