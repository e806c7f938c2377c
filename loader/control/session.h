/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One client's connection: bytes in, lines out, and the reply that waits until
 * the client reads it.
 *
 * Problem. A client may send anything at any pace: half a line, a thousand
 * requests at once, no end of line at all; and it may not read what it asked
 * for. None of that may block others, or make the daemon grow without bound.
 *
 * Idea. A session holds at most one line that is not finished (limited by
 * 'max_line'), one read's worth of bytes behind it, and one reply. It reads
 * only when it holds no whole line, and it serves the next line only when the
 * reply before has left.
 *
 * Knows nothing of sockets' life (server.c) nor of what lines mean (rpc.c).
 * Thread rule: the main thread.
 */
#ifndef CONTROL_SESSION_H
#define CONTROL_SESSION_H

#include <stdbool.h>
#include <stddef.h>

struct session {
	char *in; /* bytes received and not yet served */
	size_t in_start; /* of the line that is next */
	size_t in_len; /* end of the bytes in 'in' */
	size_t in_allocated;
	size_t scanned; /* up to here 'in' has no end of line */
	char *out; /* the reply, malloc'ed; NULL: none */
	size_t out_len;
	size_t out_sent;
	size_t max_line;
	bool at_end; /* the client sends no more */
};

void session_init(struct session *s, size_t max_line);
void session_fini(struct session *s);

/* Adds received bytes. -EMSGSIZE: the line is longer than 'max_line', or
 * -ENOMEM; the session is then of no more use but to send a last reply. */
int session_feed(struct session *s, const char *data, size_t n);
/* Reads once from a non-blocking socket: 0, also when there was nothing to
 * read; else as session_feed, or the error of recv(2). */
int session_read(struct session *s, int fd);
/* The next whole line without its end; valid until the session is fed. */
bool session_next_line(struct session *s, char **line, size_t *len);
bool session_has_line(struct session *s);

/* Takes over 'reply', a malloc'ed string that ends with a newline. There must
 * be none waiting. */
void session_reply(struct session *s, char *reply, size_t len);
static inline bool session_has_reply(const struct session *s)
{
	return s->out;
}
/* Sends as much of the reply as the socket takes: 0 or -errno. */
int session_write(struct session *s, int fd);

#endif /* CONTROL_SESSION_H */
