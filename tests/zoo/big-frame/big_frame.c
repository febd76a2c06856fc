// SPDX-License-Identifier: GPL-2.0-only
// Takes more room on the stack than there is, and writes to all of it. The kernel must say that it
// was the stack.
#include <linux/module.h>
#include <linux/thread_info.h>

static int size = THREAD_SIZE + (8 << 10);

static noinline int big_frame_fill(int length)
{
	volatile char *room;

	/* Downwards, as a stack grows. KASAN notes where the room ends, and has no stack left for that. */
	for (room = __builtin_alloca(length); length--; room[length] = 1) /* here */
		;
	return room[7];
}

static int __init big_frame_init(void)
{
	return big_frame_fill(READ_ONCE(size)) == 8 ? -EIO : 0;
}
module_init(big_frame_init);

static void __exit big_frame_exit(void)
{
}
module_exit(big_frame_exit);

MODULE_DESCRIPTION("Takes more room on the stack than there is, and writes to all of it");
MODULE_LICENSE("GPL");
