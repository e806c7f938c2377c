// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Showing packets; see monitor.h. The daemon keeps so many for a reader that is
 * slow, and counts the others.
 */
#include "monitor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "output.h"
#include "view_monitor.h"

struct monitor {
	const struct cmdline *c;
	struct client *client;
	unsigned long left; /* packets to show; 0: no limit */
};

/* To interrupt it is how it usually ends. Each packet has been flushed. */
static void on_signal(int signo)
{
	_exit(0);
}

static int parse_count(struct monitor *mon, struct err *err)
{
	for (size_t i = 0; i < mon->c->n_options; i++) {
		const char *text = mon->c->options[i].value;
		char *end;

		errno = 0;
		mon->left = strtoul(text, &end, 10);
		if (errno || *end || *text < '0' || *text > '9' || !mon->left)
			return err_set(err, -EINVAL, XVS_RPC_USAGE, "count",
				       "count=%s: must be a number above 0", text);
	}
	return 0;
}

/* Takes over 'shown', the value for -j. */
static int put(const struct monitor *mon, struct strbuf *text, json_t *shown, struct err *err)
{
	if (mon->c->json) {
		strbuf_fini(text);
		strbuf_init(text);
		output_json(text, shown, mon->c->pretty);
	}
	json_decref(shown);
	if (text->failed)
		return err_set(err, -ENOMEM, XVS_RPC_FAILED, NULL, "out of memory");
	if (fputs(strbuf_str(text), stdout) < 0 || fflush(stdout))
		return err_set(err, -errno, XVS_RPC_FAILED, NULL, "output: %m");
	return 0;
}

static int show_packet(struct monitor *mon, json_t *packet, struct err *err)
{
	struct strbuf text;
	int rc;

	strbuf_init(&text);
	view_packet(&text, packet);
	rc = put(mon, &text, json_incref(packet), err);
	strbuf_fini(&text);
	return rc;
}

static int show_lost(const struct monitor *mon, json_int_t n, struct err *err)
{
	struct strbuf text;
	int rc;

	strbuf_init(&text);
	view_lost(&text, n);
	rc = put(mon, &text, json_pack("{s:I}", "lost", n), err);
	strbuf_fini(&text);
	return rc;
}

/* 1: go on; 0: enough were shown. */
static int show_reply(struct monitor *mon, const json_t *reply, struct err *err)
{
	json_int_t lost = json_integer_value(json_object_get(reply, "lost"));
	json_t *packet;
	size_t i;
	int rc = lost ? show_lost(mon, lost, err) : 0;

	json_array_foreach (json_object_get(reply, "packets"), i, packet) {
		if (rc)
			return rc;
		rc = show_packet(mon, packet, err);
		if (!rc && mon->left && !--mon->left)
			return 0;
	}
	return rc ? rc : 1;
}

static int show_packets(struct monitor *mon, struct err *err)
{
	const struct client_request next = {.method = "monitor.next"};
	int rc;

	do {
		json_t *reply = NULL;

		rc = client_call(mon->client, &next, &reply, err);
		if (!rc)
			rc = show_reply(mon, reply, err);
		json_decref(reply);
	} while (rc > 0);
	return rc;
}

int monitor_run(const struct cmdline *c, struct err *err)
{
	const struct sigaction action = {.sa_handler = on_signal};
	struct client_request open = {.method = "monitor.open"};
	struct monitor mon = {.c = c};
	int rc = parse_count(&mon, err);

	if (!rc)
		rc = daemon_connect(c->socket, c->timeout_ms, &mon.client, err);
	if (rc)
		return rc;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	open.args = json_pack("[s]", c->args[0]);
	rc = client_call(mon.client, &open, NULL, err);
	if (!rc)
		rc = show_packets(&mon, err);
	client_close(mon.client);
	return rc;
}
