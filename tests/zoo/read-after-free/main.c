// SPDX-License-Identifier: GPL-2.0-only
// Ends a session when all was read, and is read again:
// a use after free in a second file, in a function that becomes part of another.
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include "session.h"

static int uaf_open(struct inode *inode, struct file *file)
{
	file->private_data = session_new();
	return file->private_data ? 0 : -ENOMEM;
}

static ssize_t uaf_read(struct file *file, char __user *to, size_t count, loff_t *at)
{
	struct session *session = file->private_data;
	ssize_t got = session_read(session, to, count, at);

	/* All was read: the session is over. */
	if (got > 0 && *at == strlen(GREETING))
		session_end(session);
	return got;
}

static const struct file_operations uaf_fops = {
	.owner = THIS_MODULE,
	.open = uaf_open,
	.read = uaf_read,
};

static struct miscdevice uaf_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "read_after_free",
	.fops = &uaf_fops,
};
module_misc_device(uaf_misc);
MODULE_DESCRIPTION("Ends a session that is read again");
MODULE_LICENSE("GPL");
