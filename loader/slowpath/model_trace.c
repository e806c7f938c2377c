// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Trace: one packet's translation, explained; then the packet through the fast
 * path (model_trace.h).
 */
#include "model_trace.h"

#include <errno.h>
#include <string.h>

#include "clock.h"
#include "flow_format.h"
#include "frame_parse.h"
#include "model_private.h"
#include "replay_private.h"

static int translate(struct model *m, struct sw *sw, const struct flow_key *key,
		     struct xlate_trace *trace, struct xlate_out *out)
{
	struct xlate_in in = model_xlate_in(m, sw, key, clock_ms());

	in.trace = trace;
	return xlate(&in, out);
}

int model_trace(struct model *m, struct sw *sw, const struct flow_key *key,
		struct xlate_trace *trace, struct xlate_out *out, struct err *err)
{
	int rc = translate(m, sw, key, trace, out);

	if (rc)
		return err_set(err, rc, XVS_RPC_FAILED, sw->name, "switch %s: %s", sw->name,
			       strerror(-rc));
	return 0;
}

/* May the programs be asked? */
static enum model_fast_path_state state_of(const struct model *m, const struct sw *sw,
					   const struct flow_key *key)
{
	const struct sw_port *sp = sw_port_by_no(sw, key->in_port);
	const struct port *port = port_by_no(m->ports, key->in_port);

	if (!key->in_port)
		return FAST_PATH_NO_PORT;
	if (!sp || !port)
		return FAST_PATH_OTHER_SWITCH;
	if (sp->kind == SW_PORT_PATCH)
		return FAST_PATH_PATCH_PORT;
	if (!port->ifindex)
		return FAST_PATH_NO_DEVICE;
	return key->recirc_id ? FAST_PATH_LATER_PASS : FAST_PATH_ASKED;
}

/* The packet that the programs are given. */
struct probe {
	struct model *m;
	struct sw *sw;
	struct xlate_trace *trace;
	struct model_fast_path *fp;
	__u8 frame[COMPOSE_MAX_LEN];
	size_t len;
	struct flow_key key; /* that the frame has in the pass at hand */
};

static void begin(struct probe *p, const struct flow_key *asked)
{
	const struct port *port = port_by_no(p->m->ports, asked->in_port);
	struct frame_parse parsed = {.key = asked->pkt};

	p->len = compose_frame(&asked->pkt, p->frame, sizeof(p->frame));
	frame_parse(p->frame, p->len, asked->in_port, &parsed);
	/* XDP has no marks. */
	if (!port || port->hook != XVS_HOOK_XDP)
		parsed.key.pkt_mark = asked->pkt_mark;
	p->key = *asked;
	p->key.pkt = parsed.key;
	p->fp->nearest = parsed.key;
	p->fp->is_nearest = !key_equal(&parsed.key, &asked->pkt);
}

static void ask(struct probe *p)
{
	struct model_fast_path *fp = p->fp;
	const struct dp_test_run in = {.port_no = p->key.in_port,
				       .mark = p->key.pkt_mark,
				       .frame = p->frame,
				       .len = p->len};

	fp->error = dp_test_run(p->m->dp, &in, &fp->got);
	if (fp->error)
		fp->state = fp->error == -ENODEV ? FAST_PATH_NO_DEVICE : FAST_PATH_REFUSED;
}

static bool is_hit(const struct xvs_dry_run *run, __u32 pass)
{
	return pass < run->n_lookups && pass < XVS_DRY_RUN_LOOKUPS && run->lookup[pass].slot;
}

/* As the programs do for a marked packet: connections are looked up, and stay. */
static enum xvs_drop_reason look_up_connection(void *aux, __u32 slot, struct ref_packet *pkt,
					       struct xvs_flow_key *key)
{
	struct probe *p = aux;
	const struct replay_ct ct = {.slot = slot, .pkt = pkt, .key = key, .dry = true};
	__u32 recirc_id;

	return replay_track(p->m, &ct, &recirc_id);
}

static void tell_pass(const struct probe *p, __u32 pass)
{
	struct match tracked = {.key.ct_state = p->key.ct_state, .mask.ct_state = p->key.ct_state};
	struct strbuf b;

	strbuf_init(&b);
	match_format(&b, &tracked, NULL);
	xlate_trace_add(p->trace, "pass %u, recirc_id %#x%s%s:", pass + 1, p->key.recirc_id,
			b.len ? ", " : "", strbuf_str(&b));
	strbuf_fini(&b);
}

/* The frame as the last pass has left it, in the next one; false: it is malformed. */
static bool next_pass(struct probe *p, __u32 pass)
{
	const struct fast_path_expect *e = &p->fp->expect;
	struct frame_parse parsed;

	if (frame_parse_next(e->pkt.data, e->pkt.len, &e->key, e->recirc_id, &parsed))
		return false;
	p->key = flow_of_packet(&parsed.key);
	tell_pass(p, pass);
	return true;
}

static void judge(struct model_fast_path *fp)
{
	const struct xvs_dry_run *run = &fp->got.run;

	/* A blocked port or a frame for the host: no rule is asked about it. */
	if (fp->state != FAST_PATH_ASKED || (!run->n_lookups && run->end != XVS_DRY_RUN_UNSPEC))
		return;
	fp->diff = fast_path_compare(&fp->expect);
	if (run->end == XVS_DRY_RUN_UNSPEC || fp->diff.kind)
		fp->agreement = FAST_PATH_DISAGREES;
	else if (run->end != XVS_DRY_RUN_MISS)
		fp->agreement = FAST_PATH_AGREES;
}

/* Runs the translations' programs, pass by pass. As far as the programs' lookups hit,
 * that is what is expected of them; behind that it is for the explanation alone. */
static void walk(struct probe *p, const struct xlate_out *out)
{
	const struct fast_path_ct ct = {
		.actions = p->m->xlate_env.ct_actions, .find = look_up_connection, .aux = p};
	struct model_fast_path *fp = p->fp;
	bool judged = false;

	fast_path_expect_begin(&fp->expect, p->frame, p->len, &fp->got.run, &ct);
	if (fp->is_nearest)
		out = translate(p->m, p->sw, &p->key, NULL, &p->m->xout) ? NULL : &p->m->xout;
	for (__u32 pass = 0; out && pass < XVS_MAX_PASSES; pass++) {
		if (!judged && !is_hit(&fp->got.run, pass)) {
			judge(fp);
			judged = true;
		}
		if (fp->diff.kind) /* it tells of the expectation as it is */
			break;
		if (!fast_path_expect_pass(&fp->expect, &p->key.pkt, out) ||
		    !next_pass(p, pass + 1))
			break;
		out = translate(p->m, p->sw, &p->key, p->trace, &p->m->xout) ? NULL : &p->m->xout;
	}
	if (!judged)
		judge(fp);
}

void model_fast_path(struct model *m, struct sw *sw, const struct flow_key *key,
		     const struct xlate_out *out, struct xlate_trace *trace,
		     struct model_fast_path *fp)
{
	struct probe p = {.m = m, .sw = sw, .trace = trace, .fp = fp};

	memset(fp, 0, sizeof(*fp));
	begin(&p, key);
	fp->state = state_of(m, sw, key);
	if (fp->state == FAST_PATH_ASKED)
		ask(&p);
	walk(&p, out);
}
