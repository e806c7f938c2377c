// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets of xvs_pipe.h.
 */
#include "xvs_pipe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "execute_ref.h"
#include "frame_parse.h"
#include "track.h"

static const char *const sw_names[BRIDGES] = {"br0", "br1"};

int xvs_pipe_open(struct xvs_pipe *x, const struct scenario *s)
{
	int rc;

	memset(x, 0, sizeof(*x));
	controller_points_init(&x->points);
	x->env.points = &x->points;
	rc = recirc_table_create(&x->env.recircs);
	if (!rc)
		rc = ct_action_table_create(NULL, NULL, &x->env.ct_actions);
	for (unsigned int b = 0; b < BRIDGES && !rc; b++) {
		x->sw[b] = sw_create(sw_names[b], 1 + b);
		rc = x->sw[b] ? 0 : -ENOMEM;
	}
	if (!rc)
		rc = xvs_pipe_setup(x, s);
	if (rc) {
		fprintf(stderr, "xvs: scenario '%s': %s\n", s->name, strerror(-rc));
		xvs_pipe_close(x);
	}
	return rc;
}

void xvs_pipe_close(struct xvs_pipe *x)
{
	xvs_pipe_forget_megaflows(x);
	xlate_out_fini(&x->out);
	for (unsigned int b = 0; b < BRIDGES; b++)
		sw_destroy(x->sw[b]);
	recirc_table_destroy(x->env.recircs);
	ct_action_table_destroy(x->env.ct_actions);
	controller_points_fini(&x->points);
	memset(x, 0, sizeof(*x));
}

void xvs_pipe_forget_megaflows(struct xvs_pipe *x)
{
	for (size_t i = 0; i < x->n_flows; i++)
		free(x->flow[i].ops);
	x->n_flows = 0;
}

/* One packet on its way through passes. */
struct passage {
	struct xvs_pipe *x;
	bool replay; /* by megaflows of earlier packets */
	bool miss; /* it had none */
	struct ref_packet pkt;
	__u8 buf[EXECUTE_REF_HEADROOM + EFFECT_FRAME_MAX];
	__u8 meters[EFFECT_METERS];
	__u32 recirc_id; /* of the pass that comes next; 0: none */
	struct xvs_flow_key tracking; /* that it has */
};

static void add_output(struct passage *w, __u16 port, const struct ref_packet *pkt, size_t len)
{
	struct effect_frame frame = {
		.data = pkt->data,
		.len = pkt->len < len ? pkt->len : len,
		.meters = w->meters,
	};

	effect_add(&w->x->effect, port, &frame);
}

static void on_output(void *aux, __u16 port_no, const struct ref_packet *pkt)
{
	add_output(aux, port_no, pkt, EFFECT_FRAME_MAX);
}

static bool on_meter(void *aux, __u32 slot, const struct ref_packet *pkt)
{
	struct passage *w = aux;

	w->meters[slot % EFFECT_METERS]++;
	return true;
}

static void on_controller(void *aux, __u32 arg, const struct ref_packet *pkt)
{
	struct passage *w = aux;
	const struct controller_point *point = controller_point_find(&w->x->points, arg);

	add_output(w, EFFECT_CONTROLLER, pkt, point ? point->max_len : 0);
}

static void on_recirc(void *aux, __u32 recirc_id, struct ref_packet *pkt)
{
	struct passage *w = aux;

	w->recirc_id = recirc_id;
}

static enum xvs_drop_reason on_ct(void *aux, __u32 slot, struct ref_packet *pkt)
{
	struct passage *w = aux;
	const struct xvs_ct_action *action = ct_action_find(w->x->env.ct_actions, slot);
	const struct effect_frame frame = {.data = pkt->data, .len = pkt->len, .meters = w->meters};
	const struct track_asked asked = {
		.zone = action->zone,
		.force = (action->flags & XVS_CT_A_FORCE) != 0,
		.mark = action->mark,
		.mark_mask = action->mark_mask,
		.label = {action->label[0], action->label[1]},
		.label_mask = {action->label_mask[0], action->label_mask[1]},
	};

	if (action->flags & XVS_CT_A_COMMIT)
		track_commit(&w->x->effect, &frame, &asked);
	if (action->flags & XVS_CT_A_CLEAR)
		memset(&w->tracking, 0, sizeof(w->tracking));
	else if (action->recirc_id)
		track_find(pkt->data, pkt->len, action->zone, &w->tracking);
	w->recirc_id = action->recirc_id;
	return XVS_DROP_UNSPEC;
}

static void put_tracking(const struct passage *w, struct flow_key *key)
{
	key->ct_state = w->tracking.ct_state;
	key->ct_zone = w->tracking.ct_zone;
	key->ct_mark = w->tracking.ct_mark;
	key->ct_label[0] = w->tracking.ct_label[0];
	key->ct_label[1] = w->tracking.ct_label[1];
}

static void execute_plain(struct passage *w, const struct xvs_op *ops, size_t n)
{
	const struct ref_handlers handlers = {
		.output = on_output,
		.meter = on_meter,
		.controller = on_controller,
		.recirc = on_recirc,
		.ct = on_ct,
		.aux = w,
	};

	w->x->reason = execute_ref(&w->pkt, ops, n, &handlers);
}

/* A meter with a place to go on at is one of the operations up to there only. */
static void execute(struct passage *w, const struct xvs_op *ops, size_t n)
{
	__u8 meters[EFFECT_METERS];
	size_t at = 0;

	while (at < n && (ops[at].kind != XVS_OP_METER || !ops[at].value))
		at++;
	execute_plain(w, ops, at);
	if (at == n)
		return;
	memcpy(meters, w->meters, sizeof(meters));
	on_meter(w, ops[at].arg, &w->pkt);
	execute(w, ops + at + 1, ops[at].value - 1);
	memcpy(w->meters, meters, sizeof(meters));
	execute(w, ops + at + ops[at].value, n - at - ops[at].value);
}

static void note_crossed(struct xvs_pipe *x)
{
	for (size_t i = 0; i < x->out.refs.n; i++) {
		const struct xlate_ref *ref = &x->out.refs.v[i];

		/* What was learned has no cookie. */
		if (ref->kind != XLATE_REF_RULE || !ref->rule->cookie ||
		    x->n_crossed == XVS_PIPE_MAX_CROSSED)
			continue;
		x->crossed[x->n_crossed++] = ref->rule->cookie;
	}
}

static void keep_megaflow(struct xvs_pipe *x, const struct flow_key *key)
{
	struct xvs_pipe_flow *f = &x->flow[x->n_flows];

	if (x->n_flows == XVS_PIPE_CACHE)
		return;
	f->ops = calloc(x->out.n_ops + 1, sizeof(*f->ops));
	if (!f->ops)
		return;
	memcpy(f->ops, x->out.ops, x->out.n_ops * sizeof(*f->ops));
	f->n_ops = x->out.n_ops;
	f->megaflow.mask = x->out.mask;
	flow_mask_key(&f->megaflow.key, key, &x->out.mask);
	x->n_flows++;
}

static const struct xvs_pipe_flow *find_megaflow(const struct xvs_pipe *x,
						 const struct flow_key *key)
{
	for (size_t i = 0; i < x->n_flows; i++)
		if (match_covers(&x->flow[i].megaflow, key))
			return &x->flow[i];
	return NULL;
}

static int translate(struct passage *w, const struct flow_key *key)
{
	struct xvs_pipe *x = w->x;
	struct xlate_in in = {
		.env = &x->env,
		.sw = x->sw[0],
		.key = key,
		.now_ms = 1000,
		.may_learn = true,
	};
	int rc = xlate(&in, &x->out);

	if (rc) {
		fprintf(stderr, "xvs: translation: %s\n", strerror(-rc));
		return rc;
	}
	note_crossed(x);
	if (!key->recirc_id)
		x->first = (struct match){.key = *key, .mask = x->out.mask};
	/* What it made of the tables before may not be what they say now. */
	if (x->out.learned)
		xvs_pipe_forget_megaflows(x);
	else if (!x->out.unlearned && !find_megaflow(x, key))
		keep_megaflow(x, key);
	execute(w, x->out.ops, x->out.n_ops);
	if (!x->reason)
		x->reason = x->out.reason;
	return 0;
}

static int run_pass(struct passage *w, __u16 in_port)
{
	const struct xvs_pipe_flow *f;
	struct frame_parse parsed;
	struct flow_key key;

	w->x->reason = frame_parse(w->pkt.data, w->pkt.len, in_port, &parsed);
	if (w->x->reason) {
		w->recirc_id = 0;
		return 0;
	}
	key = flow_of_packet(&parsed.key);
	key.recirc_id = w->recirc_id;
	put_tracking(w, &key);
	w->recirc_id = 0;
	if (!w->replay)
		return translate(w, &key);
	f = find_megaflow(w->x, &key);
	w->miss = !f;
	if (f)
		execute(w, f->ops, f->n_ops);
	return 0;
}

static int run(struct xvs_pipe *x, const struct pipeline_packet *packet, struct passage *w)
{
	int rc = 0;

	if (packet->frame.len > EFFECT_FRAME_MAX)
		return -EMSGSIZE;
	w->x = x;
	w->pkt = (struct ref_packet){
		.data = w->buf + EXECUTE_REF_HEADROOM,
		.len = packet->frame.len,
		.headroom = EXECUTE_REF_HEADROOM,
	};
	memcpy(w->pkt.data, packet->frame.data, packet->frame.len);
	x->effect.n = 0;
	x->effect.overflow = false;
	x->n_crossed = 0;
	x->passes = 0;
	do {
		rc = run_pass(w, packet->in_port);
		x->passes++;
	} while (!rc && w->recirc_id && x->passes < XVS_MAX_PASSES);
	return rc;
}

int xvs_pipe_packet(struct xvs_pipe *x, const struct pipeline_packet *packet)
{
	struct passage w = {0};

	return run(x, packet, &w);
}

int xvs_pipe_replay(struct xvs_pipe *x, const struct pipeline_packet *packet, bool *hit)
{
	struct passage w = {.replay = true};
	int rc = run(x, packet, &w);

	*hit = !w.miss;
	return rc;
}
