// SPDX-License-Identifier: GPL-2.0-only
// Forgets a large piece of memory. The kernel's list of such pieces still has it.
#include <linux/module.h>
#include <linux/vmalloc.h>

static noinline void leak_vmalloc_forget(void)
{
	void *room = vmalloc(1 << 20); /* here */

	OPTIMIZER_HIDE_VAR(room);
}

static int __init leak_vmalloc_init(void)
{
	leak_vmalloc_forget();
	return 0;
}
module_init(leak_vmalloc_init);

static void __exit leak_vmalloc_exit(void)
{
}
module_exit(leak_vmalloc_exit);

MODULE_DESCRIPTION("Forgets a large piece of memory");
MODULE_LICENSE("GPL");
