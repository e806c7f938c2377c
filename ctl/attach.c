// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * attach, detach and status; see attach.h. Processes and pins are daemon.c's.
 */
#include "attach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "daemon.h"
#include "xvs/limits.h"

#define SWITCH "sw0"
/* Of `attach --host`: the name of the host port, and the rules that join it to its
 * device, above the one that a new switch has. */
#define HOST_SUFFIX "-host"
#define HOST_PRIORITY 1

/* What this call has made, to be undone in reverse. */
struct attach {
	struct client *client;
	int timeout_ms;
	bool started; /* the daemon */
	bool made_switch;
	json_t *added; /* names of ports */
	json_t *rules; /* what the rules added match on */
};

static int timeout_of(const struct cmdline *c)
{
	return c->timeout_ms ? c->timeout_ms : CLIENT_TIMEOUT_MS;
}

/* 'options' is taken over; NULL: none. */
static int call_with(struct client *client, const char *method, const char *name, json_t *options,
		     struct err *err)
{
	const struct client_request request = {
		.method = method, .args = json_pack("[s, s]", SWITCH, name), .options = options};

	if (request.args)
		return client_call(client, &request, NULL, err);
	json_decref(options);
	return err_set(err, -EINVAL, XVS_RPC_USAGE, NULL, "the name is not UTF-8");
}

static int call(struct client *client, const char *method, const char *name, json_t **result,
		struct err *err)
{
	const struct client_request request = {
		.method = method,
		.args = name ? json_pack("[s, s]", SWITCH, name) : json_pack("[s]", SWITCH),
	};

	if (!request.args)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, NULL, "the name is not UTF-8");
	return client_call(client, &request, result, err);
}

static int reach_daemon(struct attach *a, const struct daemon_paths *paths, struct err *err)
{
	pid_t pid = -1;
	int rc = daemon_answers(paths, a->timeout_ms, &a->client, err);

	if (!rc || err->code != XVS_RPC_UNREACHABLE)
		return rc;
	rc = daemon_start(paths, a->timeout_ms, &a->client, &pid, err);
	a->started = !rc && pid >= 0;
	return rc;
}

/* The names of the ports that the switch has; makes the switch if needed. */
static int find_ports(struct attach *a, json_t **names, struct err *err)
{
	json_t *ports = NULL, *port;
	size_t i;
	int rc = call(a->client, "port.show", NULL, &ports, err);

	if (rc && err->code == XVS_RPC_NOT_FOUND) {
		rc = call(a->client, "switch.add", NULL, NULL, err);
		if (rc)
			return rc;
		a->made_switch = true;
		rc = call(a->client, "port.show", NULL, &ports, err);
	}
	if (rc)
		return rc;
	*names = json_object();
	json_array_foreach (ports, i, port) {
		const char *name = json_string_value(json_object_get(port, "name"));

		if (name)
			json_object_set_new(*names, name, json_true());
	}
	json_decref(ports);
	return 0;
}

/* 'options' is taken over. One that is there already, or is named twice: that is what
 * was asked for. */
static int add_port(struct attach *a, json_t *names, const char *name, json_t *options,
		    struct err *err)
{
	int rc;

	if (json_object_get(names, name)) {
		json_decref(options);
		return 0;
	}
	rc = call_with(a->client, "port.add", name, options, err);
	if (rc)
		return rc;
	json_object_set_new(names, name, json_true());
	json_array_append_new(a->added, json_string(name));
	return 0;
}

/* What comes in by one of the two goes to the other. */
static int join_ports(struct attach *a, const char *from, const char *to, struct err *err)
{
	char match[2 * XVS_NAME_LEN + 64], flow[sizeof(match) + XVS_NAME_LEN + 32];
	int rc;

	snprintf(match, sizeof(match), "priority=%d,in_port=%s", HOST_PRIORITY, from);
	snprintf(flow, sizeof(flow), "%s,actions=output:%s", match, to);
	rc = call_with(a->client, "flow.add", flow, NULL, err);
	if (!rc)
		json_array_append_new(a->rules, json_string(match));
	return rc;
}

/* A host port that is there already may have been given other rules since. */
static int add_host_port(struct attach *a, json_t *names, const char *device, struct err *err)
{
	char host[XVS_NAME_LEN];
	int rc;

	if ((size_t)snprintf(host, sizeof(host), "%s" HOST_SUFFIX, device) >= sizeof(host))
		return err_set(err, -EINVAL, XVS_RPC_USAGE, device, "port %s: no such device",
			       device);
	if (json_object_get(names, host))
		return 0;
	rc = add_port(a, names, host, json_pack("{s:s, s:s}", "type", "host", "device", device),
		      err);
	if (!rc)
		rc = join_ports(a, device, host, err);
	return rc ? rc : join_ports(a, host, device, err);
}

static int add_ports(struct attach *a, const struct cmdline *c, struct err *err)
{
	bool with_host = c->n_options > 0; /* --host is the only option */
	json_t *names = NULL;
	int rc = find_ports(a, &names, err);

	for (size_t i = 0; !rc && i < c->n_args; i++) {
		rc = add_port(a, names, c->args[i], NULL, err);
		if (!rc && with_host)
			rc = add_host_port(a, names, c->args[i], err);
	}
	json_decref(names);
	return rc;
}

/* Best effort: what the user is told is the error that led here. */
static void roll_back(struct attach *a)
{
	struct err ignored;

	if (!a->client)
		return;
	err_init(&ignored);
	if (a->started) {
		daemon_stop(a->client, a->timeout_ms, &ignored);
	} else {
		for (size_t i = json_array_size(a->rules); i-- > 0;)
			call_with(a->client, "flow.del",
				  json_string_value(json_array_get(a->rules, i)),
				  json_pack("{s:b}", "strict", 1), &ignored);
		for (size_t i = json_array_size(a->added); i-- > 0;)
			call(a->client, "port.del", json_string_value(json_array_get(a->added, i)),
			     NULL, &ignored);
		if (a->made_switch)
			call(a->client, "switch.del", NULL, NULL, &ignored);
	}
	err_fini(&ignored);
}

static json_t *attach_result(const struct attach *a, json_t *ports)
{
	return json_pack("{s:s, s:s, s:O, s:o}", "switch", SWITCH, "daemon",
			 a->started ? "started" : "running", "added", a->added, "ports", ports);
}

int attach_run(const struct cmdline *c, json_t **result, struct err *err)
{
	struct attach a = {
		.timeout_ms = timeout_of(c), .added = json_array(), .rules = json_array()};
	struct daemon_paths paths;
	json_t *ports = NULL;
	int rc = daemon_paths_init(&paths, c->socket, err);

	if (!rc)
		rc = reach_daemon(&a, &paths, err);
	if (!rc)
		rc = add_ports(&a, c, err);
	if (!rc)
		rc = call(a.client, "port.show", NULL, &ports, err);
	if (rc)
		roll_back(&a);
	else
		*result = attach_result(&a, ports);
	client_close(a.client);
	json_decref(a.added);
	json_decref(a.rules);
	return rc;
}

int detach_run(const struct cmdline *c, json_t **result, struct err *err)
{
	struct client *client = NULL;
	struct daemon_paths paths;
	bool stopped = false, cleaned = false;
	int rc = daemon_paths_init(&paths, c->socket, err);

	if (rc)
		return rc;
	rc = client_open(paths.socket, timeout_of(c), &client, err);
	if (!rc) {
		rc = daemon_stop(client, timeout_of(c), err);
		stopped = !rc;
	} else if (err->code == XVS_RPC_UNREACHABLE) {
		rc = 0;
	}
	client_close(client);
	if (!rc && paths.own_socket && daemon_left_something(&paths)) {
		rc = daemon_cleanup(&paths, err);
		cleaned = !rc;
	}
	if (!rc)
		*result = json_pack("{s:s, s:b}", "daemon", stopped ? "stopped" : "not-running",
				    "cleaned", (int)cleaned);
	return rc;
}

int status_run(const struct cmdline *c, json_t **result, struct err *err)
{
	const struct client_request request = {.method = "status"};
	struct client *client = NULL;
	struct daemon_paths paths;
	int rc = daemon_paths_init(&paths, c->socket, err);

	if (rc)
		return rc;
	rc = client_open(paths.socket, timeout_of(c), &client, err);
	if (!rc)
		rc = client_call(client, &request, result, err);
	if (rc && err->code == XVS_RPC_UNREACHABLE)
		*result = json_pack("{s:{s:b}, s:o}", "daemon", "running", 0, "pins",
				    daemon_pins(&paths));
	client_close(client);
	return rc;
}
