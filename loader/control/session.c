// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Buffers of one client's connection; see session.h for the rules. Fuzzed by
 * tests/fuzz/fuzz_jsonrpc.c.
 */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define READ_BYTES 65536

void session_init(struct session *s, size_t max_line)
{
	memset(s, 0, sizeof(*s));
	s->max_line = max_line;
}

void session_fini(struct session *s)
{
	free(s->in);
	free(s->out);
	memset(s, 0, sizeof(*s));
}

/* Moves what is left to the front, so that 'in' grows with one line only. */
static void compact(struct session *s)
{
	if (!s->in_start)
		return;
	s->in_len -= s->in_start;
	s->scanned -= s->in_start;
	memmove(s->in, s->in + s->in_start, s->in_len);
	s->in_start = 0;
}

static int reserve(struct session *s, size_t n)
{
	size_t want = s->in_allocated ? s->in_allocated : 4096;
	char *in;

	if (n <= s->in_allocated)
		return 0;
	while (want < n)
		want *= 2;
	in = realloc(s->in, want);
	if (!in)
		return -ENOMEM;
	s->in = in;
	s->in_allocated = want;
	return 0;
}

bool session_has_line(struct session *s)
{
	char *end;

	if (s->scanned == s->in_len)
		return false;
	end = memchr(s->in + s->scanned, '\n', s->in_len - s->scanned);
	s->scanned = end ? (size_t)(end - s->in) : s->in_len;
	return end;
}

bool session_next_line(struct session *s, char **line, size_t *len)
{
	if (!session_has_line(s))
		return false;
	*line = s->in + s->in_start;
	*len = s->scanned - s->in_start;
	s->scanned++;
	s->in_start = s->scanned;
	return true;
}

int session_feed(struct session *s, const char *data, size_t n)
{
	int rc;

	if (!n)
		return 0;
	compact(s);
	rc = reserve(s, s->in_len + n);
	if (rc)
		return rc;
	memcpy(s->in + s->in_len, data, n);
	s->in_len += n;
	if (!session_has_line(s) && s->in_len > s->max_line)
		return -EMSGSIZE;
	return 0;
}

int session_read(struct session *s, int fd)
{
	char data[READ_BYTES];
	ssize_t n = recv(fd, data, sizeof(data), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!n) {
		s->at_end = true;
		return 0;
	}
	return session_feed(s, data, (size_t)n);
}

void session_reply(struct session *s, char *reply, size_t len)
{
	s->out = reply;
	s->out_len = len;
	s->out_sent = 0;
}

int session_write(struct session *s, int fd)
{
	while (s->out && s->out_sent < s->out_len) {
		ssize_t n = send(fd, s->out + s->out_sent, s->out_len - s->out_sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		s->out_sent += (size_t)n;
	}
	free(s->out);
	s->out = NULL;
	return 0;
}
