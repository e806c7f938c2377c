// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sending a file of rules; see flow_replace.h. While the daemon reads one part
 * the next is made, so that both processors of the smallest host have work.
 */
#include "flow_replace.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "clock.h"
#include "daemon.h"
#include "flow_file.h"

/* A part is closed by either. Far below XVS_RPC_MAX_LINE, and large enough that
 * a part takes much longer than a round trip. */
#define PART_RULES 4096
#define PART_BYTES (1 << 20)
/* Work that takes longer than this tells how far it is. */
#define QUIET_MS 500

struct sender {
	const struct flow_file *file;
	const char *sw_name;
	struct client *client;
	size_t next; /* line */
	bool pending; /* a reply is to come */
	uint64_t begin_ms, end_ms;
	bool talks; /* standard error is a terminal */
	bool talked;
};

static void show_progress(struct sender *s)
{
	if (!s->talks || clock_ms() - s->begin_ms < QUIET_MS)
		return;
	fprintf(stderr, "\r%zu of %zu rules read", s->next, s->file->n);
	fflush(stderr);
	s->talked = true;
}

static void end_progress(struct sender *s)
{
	if (s->talked)
		fprintf(stderr, "\r\033[K");
}

/* The arguments of the next part; NULL with 'err' filled. */
static json_t *make_part(struct sender *s, struct err *err)
{
	const struct flow_file *f = s->file;
	json_t *args = json_array();
	size_t n = 0, bytes = 0;

	if (json_array_append_new(args, json_string(s->sw_name))) {
		err_set(err, -EINVAL, XVS_RPC_USAGE, NULL, "'%s': is not UTF-8", s->sw_name);
		goto err;
	}
	for (; s->next < f->n && n < PART_RULES && bytes < PART_BYTES; s->next++, n++) {
		bytes += strlen(f->lines[s->next]);
		if (json_array_append_new(args, json_string(f->lines[s->next]))) {
			err_set(err, -EINVAL, XVS_RPC_SYNTAX, f->name, "%s:%u: is not UTF-8",
				f->name, f->numbers[s->next]);
			goto err;
		}
	}
	return args;
err:
	json_decref(args);
	return NULL;
}

static int receive_pending(struct sender *s, struct err *err)
{
	if (!s->pending)
		return 0;
	s->pending = false;
	return client_receive(s->client, NULL, err);
}

static int send_parts(struct sender *s, json_t **result, struct err *err)
{
	struct client_request request = {.end_ms = s->end_ms};
	bool last;
	int rc;

	do {
		request.args = make_part(s, err);
		rc = receive_pending(s, err);
		if (rc || !request.args) {
			json_decref(request.args);
			return rc ? rc : -EINVAL;
		}
		last = s->next == s->file->n;
		request.method = last ? "flow.replace" : "flow.stage";
		show_progress(s);
		rc = client_send(s->client, &request, err);
		if (rc)
			return rc;
		s->pending = !last;
	} while (!last);
	return client_receive(s->client, result, err);
}

static int send_file(const struct cmdline *c, const struct flow_file *file, json_t **result,
		     struct err *err)
{
	struct sender s = {
		.file = file,
		.sw_name = c->args[0],
		.begin_ms = clock_ms(),
		.talks = !c->quiet && !c->json && isatty(STDERR_FILENO),
	};
	struct daemon_paths paths;
	int rc = daemon_paths_init(&paths, c->socket, err);

	if (!rc)
		rc = client_open(paths.socket, c->timeout_ms, &s.client, err);
	if (rc)
		return rc;
	s.end_ms = s.begin_ms + (uint64_t)(c->timeout_ms > 0 ? c->timeout_ms : CLIENT_TIMEOUT_MS);
	rc = send_parts(&s, result, err);
	end_progress(&s);
	client_close(s.client);
	return rc;
}

static int read_file(struct flow_file *file, const char *name, struct err *err)
{
	FILE *in;
	int rc;

	if (!strcmp(name, "-"))
		return flow_file_read(file, stdin, "standard input", err);
	in = fopen(name, "re");
	if (!in) {
		memset(file, 0, sizeof(*file));
		return err_set(err, -errno, errno == ENOENT ? XVS_RPC_NOT_FOUND : XVS_RPC_FAILED,
			       name, "%s: %m", name);
	}
	rc = flow_file_read(file, in, name, err);
	fclose(in);
	return rc;
}

int flow_replace_run(const struct cmdline *c, json_t **result, struct err *err)
{
	struct flow_file file;
	int rc = read_file(&file, c->args[1], err);

	if (!rc) {
		rc = send_file(c, &file, result, err);
		if (rc)
			flow_file_locate(&file, err);
	}
	flow_file_fini(&file);
	return rc;
}
