// SPDX-License-Identifier: GPL-2.0-only
// Takes two locks in one order when it is read, and in the other when it is written.
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

static DEFINE_MUTEX(config_lock);
static DEFINE_MUTEX(stats_lock);
static int rate = 1;
static long total;

static void twice_add(long amount)
{
	mutex_lock(&stats_lock);
	total += amount;
	mutex_unlock(&stats_lock);
}

static void twice_poll(struct work_struct *work)
{
	mutex_lock(&config_lock);
	twice_add(rate);
	mutex_unlock(&config_lock);
}

static int twice_set_rate(int to)
{
	if (to < 0)
		return -EINVAL;
	mutex_lock(&config_lock); /* here */
	rate = to;
	mutex_unlock(&config_lock);
	return 0;
}

static ssize_t twice_read(struct file *file, char __user *to, size_t count, loff_t *at)
{
	twice_poll(NULL);
	return 0;
}

static ssize_t twice_write(struct file *file, const char __user *from, size_t count, loff_t *at)
{
	mutex_lock(&stats_lock);
	total = 0;
	twice_set_rate(count);
	mutex_unlock(&stats_lock);
	return count;
}

static const struct file_operations twice_fops = {
	.owner = THIS_MODULE,
	.read = twice_read,
	.write = twice_write,
};

static struct miscdevice twice_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "locks_in_two_steps",
	.fops = &twice_fops,
};
module_misc_device(twice_misc);
MODULE_DESCRIPTION("Takes two locks in two orders");
MODULE_LICENSE("GPL");
