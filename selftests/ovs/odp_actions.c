// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The interpreter of odp_actions.h. set() is in odp_set.c.
 */
#include "odp_actions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "odp_ct.h"
#include "odp_set.h"

/* The value behind "name=" among the arguments, or 'otherwise'. */
static unsigned long argument(const char *args, size_t len, const char *name,
			      unsigned long otherwise)
{
	size_t n = strlen(name);

	for (size_t i = 0; i + n < len; i++)
		if (!strncmp(args + i, name, n) && args[i + n] == '=' &&
		    (!i || args[i - 1] == ',' || args[i - 1] == '('))
			return strtoul(args + i + n + 1, NULL, 0);
	return otherwise;
}

/* Characters up to, not including, the parenthesis that ends the arguments. */
static size_t arguments_len(const char *args)
{
	size_t depth = 1, i = 0;

	for (; args[i]; i++) {
		depth += args[i] == '(';
		depth -= args[i] == ')';
		if (!depth)
			break;
	}
	return i;
}

static int run_list(struct odp_run *r, const char *text, size_t len, struct odp_packet *p);

static int run_clone(struct odp_run *r, const char *args, size_t len, struct odp_packet *p)
{
	struct odp_packet copy = *p;

	frame_edit_copy(&copy.frame, &p->frame);
	return run_list(r, args, len, &copy);
}

static int run_push_vlan(struct odp_run *r, const char *args, size_t len, struct odp_packet *p)
{
	unsigned long tci = argument(args, len, "vid", 0) | argument(args, len, "pcp", 0) << 13;

	return frame_push_vlan(&p->frame, (__u16)argument(args, len, "tpid", 0x8100), (__u16)tci)
		       ? 0
		       : -EPROTO;
}

static int run_push_mpls(struct odp_run *r, const char *args, size_t len, struct odp_packet *p)
{
	unsigned long lse = argument(args, len, "label", 0) << 12 |
			    argument(args, len, "tc", 0) << 9 | argument(args, len, "bos", 0) << 8 |
			    argument(args, len, "ttl", 0);

	return frame_push_mpls(&p->frame, (__u16)argument(args, len, "eth_type", 0), (__u32)lse)
		       ? 0
		       : -EPROTO;
}

static int run_pop_mpls(struct odp_run *r, const char *args, size_t len, struct odp_packet *p)
{
	return frame_pop_mpls(&p->frame, (__u16)argument(args, len, "eth_type", 0)) ? 0 : -EPROTO;
}

static void output(struct odp_run *r, __u16 port, const struct odp_packet *p, size_t len)
{
	struct effect_frame frame = {
		.data = p->frame.data,
		.len = len < p->frame.len ? len : p->frame.len,
		.meters = p->meters,
	};

	effect_add(r->effect, port, &frame);
}

static int run_userspace(struct odp_run *r, const char *args, size_t len, struct odp_packet *p)
{
	/* OFPR_INVALID_TTL */
	if (argument(args, len, "reason", 0) == 2) {
		r->n_invalid_ttl++;
		return 0;
	}
	output(r, EFFECT_CONTROLLER, p, argument(args, len, "max_len", 0xffff));
	return 0;
}

static int run_meter(struct odp_run *r, const char *args, size_t len, struct odp_packet *p)
{
	unsigned long id = strtoul(args, NULL, 0);

	if (id >= EFFECT_METERS)
		return -EPROTO;
	p->meters[id]++;
	return 0;
}

static int run_hash(struct odp_run *r, const char *args, size_t len, struct odp_packet *p)
{
	p->dp_hash = 1;
	return 0;
}

static int run_recirc(struct odp_run *r, const char *args, size_t len, struct odp_packet *p)
{
	return r->recirc(r->aux, (__u32)strtoul(args, NULL, 0), p);
}

static int run_ct(struct odp_run *r, const char *args, size_t len, struct odp_packet *p)
{
	const struct effect_frame frame = {
		.data = p->frame.data, .len = p->frame.len, .meters = p->meters};
	struct track_asked asked;

	if (odp_ct(args, len, p, &asked))
		track_commit(r->effect, &frame, &asked);
	return 0;
}

static int run_set(struct odp_run *r, const char *args, size_t len, struct odp_packet *p)
{
	return odp_set(args, len, &p->frame);
}

static const struct {
	const char *name;
	int (*run)(struct odp_run *r, const char *args, size_t len, struct odp_packet *p);
} actions[] = {
	{"set(", run_set},
	{"clone(", run_clone},
	{"push_vlan(", run_push_vlan},
	{"push_mpls(", run_push_mpls},
	{"pop_mpls(", run_pop_mpls},
	{"userspace(", run_userspace},
	{"meter(", run_meter},
	{"hash(", run_hash},
	{"recirc(", run_recirc},
	{"ct(", run_ct},
};

/* One action with arguments; 'used' gets its length. */
static int run_call(struct odp_run *r, const char *text, size_t *used, struct odp_packet *p)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		size_t n = strlen(actions[i].name), len;

		if (strncmp(text, actions[i].name, n))
			continue;
		len = arguments_len(text + n);
		*used = n + len + 1;
		return actions[i].run(r, text + n, len, p);
	}
	return -EPROTO;
}

static int run_action(struct odp_run *r, const char *text, size_t *used, struct odp_packet *p)
{
	static const char pop_vlan[] = "pop_vlan", ct_clear[] = "ct_clear";
	char *end;
	unsigned long dp_port = strtoul(text, &end, 10);

	if (end != text) {
		__u16 port = r->port(r->aux, (unsigned int)dp_port);

		*used = (size_t)(end - text);
		if (!port)
			return -EPROTO;
		output(r, port, p, EFFECT_FRAME_MAX + 1);
		return 0;
	}
	if (!strncmp(text, pop_vlan, sizeof(pop_vlan) - 1)) {
		*used = sizeof(pop_vlan) - 1;
		return frame_pop_vlan(&p->frame) ? 0 : -EPROTO;
	}
	if (!strncmp(text, ct_clear, sizeof(ct_clear) - 1)) {
		*used = sizeof(ct_clear) - 1;
		memset(&p->tracking, 0, sizeof(p->tracking));
		return 0;
	}
	/* Without an argument it has no parentheses. */
	if (!strncmp(text, "ct", 2) && text[2] != '(') {
		*used = 2;
		return run_ct(r, "", 0, p);
	}
	return run_call(r, text, used, p);
}

static int run_list(struct odp_run *r, const char *text, size_t len, struct odp_packet *p)
{
	const char *end = text + len;

	while (text < end) {
		size_t used = 0;
		int rc = run_action(r, text, &used, p);

		if (rc) {
			fprintf(stderr, "ovs: datapath action '%.*s': %s\n", (int)(end - text),
				text, strerror(-rc));
			return rc;
		}
		text += used;
		text += *text == ',';
	}
	return 0;
}

int odp_actions_run(struct odp_run *r, const char *text, struct odp_packet *packet)
{
	return strcmp(text, "drop") ? run_list(r, text, strlen(text), packet) : 0;
}
