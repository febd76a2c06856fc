// SPDX-License-Identifier: GPL-2.0-only
// Forgets what it has allocated when its device is opened as it must not be.
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>

struct session {
	int mode;
	char text[180];
};

static int leak_open(struct inode *inode, struct file *file)
{
	struct session *session = kzalloc(sizeof(*session), GFP_KERNEL); /* here */

	if (!session)
		return -ENOMEM;
	if (file->f_mode & FMODE_WRITE)
		return -EROFS;
	file->private_data = session;
	return 0;
}

static int leak_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct file_operations leak_fops = {
	.owner = THIS_MODULE,
	.open = leak_open,
	.release = leak_release,
};

static struct miscdevice leak_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "leak_in_open",
	.fops = &leak_fops,
};
module_misc_device(leak_misc);
MODULE_DESCRIPTION("Leaks in the error path of its open");
MODULE_LICENSE("GPL");
