// SPDX-License-Identifier: GPL-2.0-only
/*
 * foobar, a driver to learn from: /dev/foobar keeps the bytes written to it,
 * in order, until somebody reads them.  This file is the half that talks to
 * the kernel; what the store does is in foobar_core.c.
 */

/* Before any include: pr_info() and its family put this before each line. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "foobar_core.h"
#include "foobar.h"

/*
 * Parameters can be read in /sys/module/foobar/parameters, but not changed
 * there: the store can't grow while it is in use, and the mode has an ioctl.
 */
static unsigned int foobar_size = 4096;
module_param_named(size, foobar_size, uint, 0444);
MODULE_PARM_DESC(size, "Bytes the store can hold, a power of two from 16 to 1048576 (default 4096)");

static bool foobar_drop_oldest;
module_param_named(drop_oldest, foobar_drop_oldest, bool, 0444);
MODULE_PARM_DESC(drop_oldest, "Drop the oldest lines when the store is full, instead of refusing writes (default N)");

/**
 * struct foobar_device - all the driver knows
 * @misc: what the kernel knows of it: the name, and whom to call
 * @lock: is held while user memory is copied, which may sleep, so it is a mutex
 *	and not a spinlock
 * @ring: the store
 * @open_files: how many times the device is open
 * @changed: where poll() waits for bytes, or for room
 */
struct foobar_device {
	struct miscdevice misc;
	struct mutex lock; /* guards all that follows */
	struct foobar_ring ring;
	u32 open_files;
	wait_queue_head_t changed;
};

/*
 * The misc framework leaves its own structure in private_data on open.  Ours
 * is around it.  Going this way, and not through the global variable, keeps
 * every function right for a driver with several devices.
 */
static struct foobar_device *foobar_of(struct file *file)
{
	return container_of(file->private_data, struct foobar_device, misc);
}

static int foobar_open(struct inode *inode, struct file *file)
{
	struct foobar_device *foobar = foobar_of(file);

	if (mutex_lock_interruptible(&foobar->lock))
		return -ERESTARTSYS;
	foobar->open_files++;
	mutex_unlock(&foobar->lock);

	/*
	 * Bytes that are read are gone, so there is no position to go back to.
	 * A stream says so: lseek() and pread() fail with ESPIPE.
	 */
	return stream_open(inode, file);
}

/* The last close of an open file.  It can't fail, so it must get the lock. */
static int foobar_release(struct inode *inode, struct file *file)
{
	struct foobar_device *foobar = foobar_of(file);

	mutex_lock(&foobar->lock);
	foobar->open_files--;
	mutex_unlock(&foobar->lock);
	return 0;
}

/*
 * Takes the oldest bytes.  An empty store reads as the end of a file, so that
 * cat(1) ends.  Nothing here ever waits for another program, so O_NONBLOCK has
 * nothing to change; who wants to wait for bytes calls poll().
 */
static ssize_t foobar_read(struct file *file, char __user *buf, size_t count,
			   loff_t *ppos)
{
	struct foobar_device *foobar = foobar_of(file);
	size_t done = 0;
	int err = 0;

	/*
	 * Interruptible: whoever waits here can still be killed.  ERESTARTSYS
	 * lets the kernel decide if the call starts again or ends with EINTR.
	 */
	if (mutex_lock_interruptible(&foobar->lock))
		return -ERESTARTSYS;

	/* At most twice around: up to the end of the memory, and from its start. */
	while (done < count) {
		unsigned long missed;
		u32 chunk;
		u8 *data;

		chunk = foobar_ring_peek(&foobar->ring, &data);
		chunk = min_t(size_t, chunk, count - done);
		if (!chunk)
			break;

		/* Only what has arrived is taken out of the store. */
		missed = copy_to_user(buf + done, data, chunk);
		done += foobar_ring_consume(&foobar->ring, chunk - missed);
		if (missed) {
			err = -EFAULT;
			break;
		}
	}

	mutex_unlock(&foobar->lock);

	if (!done)
		return err;
	wake_up_interruptible(&foobar->changed);
	/* Some bytes were read, so this succeeded, even if it then failed. */
	return done;
}

/*
 * Adds bytes.  One call takes no more than the store can hold, and what there
 * is room for: a short write, as every program must expect.
 */
static ssize_t foobar_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	struct foobar_device *foobar = foobar_of(file);
	size_t done = 0;
	int err = 0;

	if (mutex_lock_interruptible(&foobar->lock))
		return -ERESTARTSYS;

	count = min_t(size_t, count, foobar->ring.capacity);
	if (foobar->ring.mode & FOOBAR_DROP_OLDEST)
		foobar_ring_make_room(&foobar->ring, count);

	while (done < count) {
		unsigned long missed;
		u32 chunk;
		u8 *data;

		chunk = foobar_ring_reserve(&foobar->ring, &data);
		chunk = min_t(size_t, chunk, count - done);
		if (!chunk) {
			err = -ENOSPC;
			break;
		}

		missed = copy_from_user(data, buf + done, chunk);
		done += foobar_ring_commit(&foobar->ring, chunk - missed);
		if (missed) {
			err = -EFAULT;
			break;
		}
	}

	mutex_unlock(&foobar->lock);

	if (!done)
		return err;
	wake_up_interruptible(&foobar->changed);
	return done;
}

/* Readable: there are bytes.  Writable: a write would not fail with ENOSPC. */
static __poll_t foobar_poll(struct file *file, poll_table *wait)
{
	struct foobar_device *foobar = foobar_of(file);
	__poll_t mask = 0;

	/* First join the queue, then look: a change in between is not missed. */
	poll_wait(file, &foobar->changed, wait);

	mutex_lock(&foobar->lock);
	if (foobar_ring_used(&foobar->ring))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (foobar_ring_room(&foobar->ring) ||
	    (foobar->ring.mode & FOOBAR_DROP_OLDEST))
		mask |= EPOLLOUT | EPOLLWRNORM;
	mutex_unlock(&foobar->lock);
	return mask;
}

static long foobar_get_stats(struct foobar_device *foobar, void __user *arg)
{
	struct foobar_stats stats;

	if (mutex_lock_interruptible(&foobar->lock))
		return -ERESTARTSYS;
	foobar_ring_stats(&foobar->ring, &stats);
	stats.open_files = foobar->open_files;
	mutex_unlock(&foobar->lock);

	/* The numbers belong together, and copying them needs no lock. */
	return copy_to_user(arg, &stats, sizeof(stats)) ? -EFAULT : 0;
}

static long foobar_set_mode(struct foobar_device *foobar, void __user *arg)
{
	struct foobar_mode mode;

	if (copy_from_user(&mode, arg, sizeof(mode)))
		return -EFAULT;

	/*
	 * What has no meaning is refused.  Were it ignored, programs would
	 * come to send rubbish, and it could never get a meaning.
	 */
	if ((mode.flags & ~FOOBAR_MODE_ALL) || mode.reserved)
		return -EINVAL;

	if (mutex_lock_interruptible(&foobar->lock))
		return -ERESTARTSYS;
	foobar->ring.mode = mode.flags;
	mutex_unlock(&foobar->lock);

	/* A full store may have become writable. */
	wake_up_interruptible(&foobar->changed);
	return 0;
}

static long foobar_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct foobar_device *foobar = foobar_of(file);
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case FOOBAR_IOC_GET_STATS:
		return foobar_get_stats(foobar, user);
	case FOOBAR_IOC_SET_MODE:
		/* Who may only read must not make others lose bytes. */
		if (!(file->f_mode & FMODE_WRITE))
			return -EBADF;
		return foobar_set_mode(foobar, user);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations foobar_fops = {
	/* An open file holds the module: rmmod has to wait for the close. */
	.owner = THIS_MODULE,
	.open = foobar_open,
	.release = foobar_release,
	.read = foobar_read,
	.write = foobar_write,
	.poll = foobar_poll,
	.unlocked_ioctl = foobar_ioctl,
	/* The structures are the same for 32-bit programs, only pointers differ. */
	.compat_ioctl = compat_ptr_ioctl,
};

static struct foobar_device foobar_device = {
	.misc = {
		/* The kernel picks a free minor; devtmpfs makes /dev/foobar. */
		.minor = MISC_DYNAMIC_MINOR,
		.name = "foobar",
		.fops = &foobar_fops,
	},
	.lock = __MUTEX_INITIALIZER(foobar_device.lock),
	.changed = __WAIT_QUEUE_HEAD_INITIALIZER(foobar_device.changed),
};

static int __init foobar_init(void)
{
	u8 *data;
	int err;

	if (!foobar_capacity_is_valid(foobar_size)) {
		pr_err("size=%u is not a power of two from %u to %u\n",
		       foobar_size, FOOBAR_CAPACITY_MIN, FOOBAR_CAPACITY_MAX);
		return -EINVAL;
	}

	/* Zeroed, so that no mistake can show a program what was there before. */
	data = kvzalloc(foobar_size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	foobar_ring_init(&foobar_device.ring, data, foobar_size,
			 foobar_drop_oldest ? FOOBAR_DROP_OLDEST : 0);

	/* Last of all: from here on, programs call. */
	err = misc_register(&foobar_device.misc);
	if (err) {
		pr_err("cannot register the device: error %d\n", err);
		kvfree(data);
		return err;
	}

	pr_info("Foobar Driver inserted.\n");
	return 0;
}

/* Everything in the reverse order.  No file is open, or this was not called. */
static void __exit foobar_exit(void)
{
	misc_deregister(&foobar_device.misc);
	kvfree(foobar_device.ring.data);
	pr_info("Foobar Driver unloaded.\n");
}

module_init(foobar_init);
module_exit(foobar_exit);

/* Only a module that says GPL may use all that the kernel exports. */
MODULE_LICENSE("GPL");
MODULE_AUTHOR("The foobar authors");
MODULE_DESCRIPTION("A store of bytes at /dev/foobar, to learn driver writing from");
MODULE_VERSION("1.0");
