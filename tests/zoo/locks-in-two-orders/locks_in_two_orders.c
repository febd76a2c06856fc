// SPDX-License-Identifier: GPL-2.0-only
// Takes two locks in one order in a work item, and in the other in its ioctl.
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

static DEFINE_MUTEX(config_lock);
static DEFINE_MUTEX(stats_lock);
static int rate = 1;
static long total;

static void locks_add(long amount)
{
	mutex_lock(&stats_lock);
	total += amount;
	mutex_unlock(&stats_lock);
}

static void locks_poll(struct work_struct *work)
{
	mutex_lock(&config_lock);
	locks_add(rate);
	mutex_unlock(&config_lock);
}
static DECLARE_WORK(locks_work, locks_poll);

static int locks_set_rate(int to)
{
	if (to < 0)
		return -EINVAL;
	mutex_lock(&config_lock); /* here */
	rate = to;
	mutex_unlock(&config_lock);
	return 0;
}

static long locks_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	long err;

	mutex_lock(&stats_lock);
	total = 0;
	err = locks_set_rate(arg);
	mutex_unlock(&stats_lock);
	return err;
}

static int locks_open(struct inode *inode, struct file *file)
{
	schedule_work(&locks_work);
	return 0;
}

static int locks_release(struct inode *inode, struct file *file)
{
	flush_work(&locks_work);
	return 0;
}

static const struct file_operations locks_fops = {
	.owner = THIS_MODULE,
	.open = locks_open,
	.release = locks_release,
	.unlocked_ioctl = locks_ioctl,
};

static struct miscdevice locks_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "locks_in_two_orders",
	.fops = &locks_fops,
};
module_misc_device(locks_misc);
MODULE_DESCRIPTION("Takes two locks in two orders");
MODULE_LICENSE("GPL");
