// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Requests in parts; see parts.h.
 */
#include "parts.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "daemon.h"

/* Work that takes longer than this tells how far it is. */
#define QUIET_MS 500

struct sender {
	const struct parts *parts;
	struct client *client;
	size_t next; /* item */
	bool pending; /* a reply is to come */
	uint64_t begin_ms, end_ms;
	bool talks; /* standard error is a terminal */
	bool talked;
};

static void show_progress(struct sender *s)
{
	if (!s->talks || clock_ms() - s->begin_ms < QUIET_MS)
		return;
	fprintf(stderr, "\r%zu of %zu %s read", s->next, s->parts->n, s->parts->what);
	fflush(stderr);
	s->talked = true;
}

static void end_progress(struct sender *s)
{
	if (s->talked)
		fprintf(stderr, "\r\033[K");
}

static int make_part(struct sender *s, struct client_request *request, struct err *err)
{
	const struct parts *p = s->parts;
	size_t bytes = 0;
	int rc = p->begin(p->aux, request, err);

	for (size_t n = 0; !rc && s->next < p->n && n < PART_ITEMS && bytes < PART_BYTES; n++) {
		long used = p->add(p->aux, s->next, request, err);

		if (used < 0) {
			rc = (int)used;
			break;
		}
		bytes += (size_t)used;
		s->next++;
	}
	if (rc)
		client_request_fini(request);
	return rc;
}

static int receive_pending(struct sender *s, struct err *err)
{
	if (!s->pending)
		return 0;
	s->pending = false;
	return client_receive(s->client, NULL, err);
}

/* Of two errors the daemon's is the one of the earlier line. */
static int next_request(struct sender *s, struct client_request *request, struct err *err)
{
	struct err first;
	int rc, made;

	*request = (struct client_request){.end_ms = s->end_ms};
	made = make_part(s, request, err);
	err_init(&first);
	rc = receive_pending(s, &first);
	if (!rc)
		return made;
	err_fini(err);
	*err = first;
	if (!made)
		client_request_fini(request);
	return rc;
}

static int send_parts(struct sender *s, json_t **result, struct err *err)
{
	struct client_request request;
	bool last;
	int rc;

	do {
		rc = next_request(s, &request, err);
		if (rc)
			return rc;
		last = s->next == s->parts->n;
		request.method = last ? s->parts->last : s->parts->stage;
		show_progress(s);
		rc = client_send(s->client, &request, err);
		if (rc)
			return rc;
		s->pending = !last;
	} while (!last);
	return client_receive(s->client, result, err);
}

int parts_send(const struct cmdline *c, const struct parts *p, json_t **result, struct err *err)
{
	struct sender s = {
		.parts = p,
		.begin_ms = clock_ms(),
		.talks = !c->quiet && !c->json && isatty(STDERR_FILENO),
	};
	int rc = daemon_connect(c->socket, c->timeout_ms, &s.client, err);

	if (rc)
		return rc;
	s.end_ms = s.begin_ms + (uint64_t)(c->timeout_ms > 0 ? c->timeout_ms : CLIENT_TIMEOUT_MS);
	rc = send_parts(&s, result, err);
	end_progress(&s);
	client_close(s.client);
	return rc;
}
