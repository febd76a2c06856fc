/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SESSION_H
#define SESSION_H
#include <linux/types.h>
struct session {
	size_t used;
	char text[120];
};

#define GREETING "hello\n"

struct session *session_new(void);
void session_end(struct session *session);
ssize_t session_read(struct session *session, char __user *to, size_t count, loff_t *at);
static inline size_t session_used(const struct session *session)
{
	return session->used; /* here */
}
#endif
