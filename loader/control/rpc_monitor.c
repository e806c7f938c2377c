// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * monitor.open and monitor.next: packets of action `controller`, for a client
 * that asks again and again.
 *
 * A reply has what has come since the one before. As long as there is nothing the
 * request waits, so that a client sees each packet at once; a client that is slow
 * finds more packets, and the number of those that did not fit. The monitor is
 * the connection's and ends with it.
 */
#include "rpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "flow_format.h"
#include "model.h"
#include "model_monitor.h"

/* A reply is at most about twice so many bytes. */
#define REPLY_PACKETS 64

struct monitor {
	struct rpc_env env; /* to close it where it was opened */
	struct model_monitor *mon;
	const char *sw_name; /* while it is being opened */
	struct err *err;
	int rc;
};

/* On the datapath thread. */
static void open_monitor(void *aux)
{
	struct monitor *w = aux;

	if (!model_switch(w->env.model, w->sw_name, w->err)) {
		w->rc = -ENOENT;
		return;
	}
	w->rc = model_monitor_open(w->env.model, w->sw_name, &w->mon);
	if (w->rc)
		err_set(w->err, w->rc, XVS_RPC_FAILED, w->sw_name, "switch %s: no monitor: %s",
			w->sw_name, strerror(-w->rc));
}

/* On the datapath thread, or after its end. */
static void close_monitor(void *aux)
{
	struct monitor *w = aux;

	model_monitor_close(w->env.model, w->mon);
	w->mon = NULL;
}

static void monitor_free(void *data)
{
	struct monitor *w = data;

	if (w->env.on_datapath(w->env.aux, close_monitor, w))
		close_monitor(w);
	free(w);
}

static int monitor_open(const struct rpc_env *env, struct rpc_call *call)
{
	struct monitor *w = calloc(1, sizeof(*w));
	int rc;

	rpc_keep_drop(env->keep);
	if (!w)
		return rpc_no_memory(&call->err);
	w->env = *env;
	w->sw_name = rpc_arg(&call->params, 0);
	w->err = &call->err;
	rc = rpc_on_datapath(env, open_monitor, w, &call->err);
	if (!rc)
		rc = w->rc;
	if (rc) {
		free(w);
		return rc;
	}
	*env->keep = (struct rpc_keep){.data = w, .free = monitor_free};
	return 0;
}

static const char *recorded_name(void *aux, __u16 port_no)
{
	const struct model_monitored *p = aux;

	return port_no == p->in_port && p->port_name[0] ? p->port_name : NULL;
}

/* The packet as flow text; a new reference. */
static json_t *flow_value(const struct model_monitored *p)
{
	const struct port_names names = {.name = recorded_name, .aux = (void *)p};
	struct match match = {.key = flow_of_packet(&p->key)};
	struct strbuf text;

	flow_exact_mask(&match.key, &match.mask);
	flow_mask_key(&match.key, &match.key, &match.mask);
	strbuf_init(&text);
	match_format(&text, &match, &names);
	return rpc_take_text(&text);
}

/* "2026-01-31T12:00:00.123456Z" */
static json_t *time_value(__u64 us)
{
	time_t s = (time_t)(us / 1000000);
	char text[64], date[32];
	struct tm tm;

	gmtime_r(&s, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%06uZ", date, (unsigned int)(us % 1000000));
	return json_string(text);
}

static json_t *packet_object(const struct model_monitored *p)
{
	static const char *const reasons[] = {
		[MODEL_PACKET_IN_ACTION] = "action",
		[MODEL_PACKET_IN_NO_MATCH] = "no-match",
		[MODEL_PACKET_IN_INVALID_TTL] = "invalid-ttl",
	};
	json_t *port = p->port_name[0] ? json_string(p->port_name) : json_integer(p->in_port);
	char cookie[32];

	/* Text: a cookie has 64 bits, JSON numbers have fewer. */
	snprintf(cookie, sizeof(cookie), "0x%llx", (unsigned long long)p->cookie);
	return json_pack("{s:o, s:o, s:i, s:s, s:s, s:I, s:o, s:o}", "time", time_value(p->time_us),
			 "in_port", port, "table", (int)p->table_id, "cookie", cookie, "reason",
			 reasons[p->reason], "length", (json_int_t)p->len, "packet",
			 rpc_hex(p->bytes, p->n_bytes), "flow", flow_value(p));
}

/* Takes over 'packet'. */
static int add_packet(json_t *list, struct model_monitored *packet, __u64 *lost)
{
	int rc = json_array_append_new(list, packet_object(packet));

	*lost += packet->lost;
	free(packet);
	return rc ? -ENOMEM : 0;
}

/* What was lost stood before the first of the packets or somewhere in between:
 * it is told with them. */
static int monitor_next(const struct rpc_env *env, struct rpc_call *call)
{
	struct monitor *w = env->keep->free == monitor_free ? env->keep->data : NULL;
	struct model_monitored *packet;
	json_t *list;
	__u64 lost = 0;
	int rc = 0;

	if (!w)
		return err_set(&call->err, -EINVAL, XVS_RPC_USAGE, NULL,
			       "request: monitor.open comes before monitor.next");
	list = json_array();
	while (!rc && json_array_size(list) < REPLY_PACKETS &&
	       (packet = model_monitor_take(w->mon)))
		rc = add_packet(list, packet, &lost);
	if (!json_array_size(list))
		lost += model_monitor_lost(w->mon);
	if (!rc && env->wait_fd && !lost && !json_array_size(list)) {
		*env->wait_fd = model_monitor_fd(w->mon);
		rc = -EAGAIN;
	}
	if (!rc)
		call->result = json_pack("{s:O, s:o}", "packets", list, "lost", rpc_count(lost));
	json_decref(list);
	return rc || call->result ? rc : rpc_no_memory(&call->err);
}

const struct rpc_method rpc_monitor_methods[] = {
	{.name = "monitor.open", .main_fn = monitor_open, .min_args = 1, .max_args = 1},
	{.name = "monitor.next", .main_fn = monitor_next},
	{0},
};
