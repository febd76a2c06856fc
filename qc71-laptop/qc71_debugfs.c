// SPDX-License-Identifier: GPL-2.0-only
/*
 * The controller's registers, to be read and sent by owners of machines that
 * are not known well.  Nothing can be written: a wrong value in a register that
 * nobody knows may break hardware.
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

#include "qc71.h"

/* The registers of which something is known; reading them changes nothing. */
static const struct {
	u16 first;
	u16 last;
} qc71_dumped[] = {
	{ 0x0402, 0x0409 }, { 0x0432, 0x0439 }, { 0x043e, 0x043e },
	{ 0x044f, 0x044f }, { 0x0456, 0x0456 }, { 0x045e, 0x045e },
	{ 0x0464, 0x0466 }, { 0x046c, 0x046d }, { 0x047b, 0x047b },
	{ 0x0490, 0x0490 }, { 0x0494, 0x0494 }, { 0x04a2, 0x04a2 },
	{ 0x04a6, 0x04a7 }, { 0x0726, 0x0727 }, { 0x073c, 0x073c },
	{ 0x0740, 0x0751 }, { 0x075b, 0x075c }, { 0x0765, 0x076b },
	{ 0x0770, 0x077f }, { 0x0782, 0x078e }, { 0x07a3, 0x07a7 },
	{ 0x07ab, 0x07ab }, { 0x07b9, 0x07b9 }, { 0x07c5, 0x07c6 },
	{ 0x07cc, 0x07cc }, { 0x07e2, 0x07e5 }, { 0x0d4f, 0x0d4f },
	{ 0x0f00, 0x0f5f }, { 0x1801, 0x1809 },
};

static int qc71_ec_dump(struct seq_file *file, u16 address)
{
	struct qc71 *qc = file->private;
	u8 value;

	/* All of it takes a second or two. */
	if (fatal_signal_pending(current))
		return -EINTR;

	/* One that can't be read is told, and the others are told as well. */
	if (qc71_ec_read(&qc->ec, address, &value))
		seq_printf(file, "%04x: --\n", address);
	else
		seq_printf(file, "%04x: %02x\n", address, value);
	return 0;
}

static int qc71_ec_show(struct seq_file *file, void *unused)
{
	unsigned int address;
	int err;
	int i;

	for (i = 0; i < ARRAY_SIZE(qc71_dumped); i++) {
		for (address = qc71_dumped[i].first;
		     address <= qc71_dumped[i].last; address++) {
			err = qc71_ec_dump(file, address);
			if (err)
				return err;
		}
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(qc71_ec);

static void qc71_debugfs_exit(void *dir)
{
	debugfs_remove_recursive(dir);
}

int qc71_debugfs_init(struct qc71 *qc)
{
	/* Nothing depends on it, so nothing fails for want of it. */
	struct dentry *dir = debugfs_create_dir(QC71_NAME, NULL);

	debugfs_create_file("ec", 0400, dir, qc, &qc71_ec_fops);
	return devm_add_action_or_reset(qc->dev, qc71_debugfs_exit, dir);
}
