// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/fs.h>
#include "session.h"

struct session *session_new(void)
{
	struct session *session = kzalloc(sizeof(*session), GFP_KERNEL);

	if (session)
		session->used = strscpy(session->text, GREETING, sizeof(session->text));
	return session;
}

void session_end(struct session *session)
{
	kfree(session);
}

ssize_t session_read(struct session *session, char __user *to, size_t count, loff_t *at)
{
	size_t used = min(session_used(session), sizeof(session->text));

	return simple_read_from_buffer(to, count, at, session->text, used);
}
