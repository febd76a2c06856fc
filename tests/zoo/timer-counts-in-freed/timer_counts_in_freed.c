// SPDX-License-Identifier: GPL-2.0-only
// Frees what its timer counts in, when it is closed.
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/timer.h>

struct blink {
	struct timer_list timer;
	int *count;
};

static struct blink blink;

static void blink_fires(struct timer_list *timer)
{
	struct blink *blink = from_timer(blink, timer, timer);

	(*blink->count)++; /* here */
	mod_timer(timer, jiffies + HZ / 20);
}

static int blink_open(struct inode *inode, struct file *file)
{
	blink.count = kzalloc(sizeof(*blink.count), GFP_KERNEL);
	if (!blink.count)
		return -ENOMEM;
	mod_timer(&blink.timer, jiffies + HZ / 20);
	return 0;
}

static int blink_release(struct inode *inode, struct file *file)
{
	kfree(blink.count);
	return 0;
}

static const struct file_operations blink_fops = {
	.owner = THIS_MODULE,
	.open = blink_open,
	.release = blink_release,
};
static struct miscdevice blink_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "timer_counts_in_freed",
	.fops = &blink_fops,
};

static int __init blink_init(void)
{
	timer_setup(&blink.timer, blink_fires, 0);
	return misc_register(&blink_misc);
}
module_init(blink_init);

static void __exit blink_exit(void)
{
	misc_deregister(&blink_misc);
	del_timer_sync(&blink.timer);
}
module_exit(blink_exit);
MODULE_DESCRIPTION("Frees what its timer counts in");
MODULE_LICENSE("GPL");
