// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Expectation and comparison; see fast_path.h.
 */
#include "fast_path.h"

#include <string.h>

void fast_path_expect_begin(struct fast_path_expect *e, const __u8 *frame, size_t len,
			    const struct xvs_dry_run *got, const struct fast_path_ct *ct)
{
	memset(e, 0, sizeof(*e));
	e->got = got;
	if (ct)
		e->ct = *ct;
	e->pkt = (struct ref_packet){.data = e->room + EXECUTE_REF_HEADROOM,
				     .len = len,
				     .headroom = EXECUTE_REF_HEADROOM};
	memcpy(e->pkt.data, frame, len);
}

/* The next output, with the frame as it is; what is beyond the record's end is
 * counted only. */
static void expect_output(struct fast_path_expect *e, enum xvs_dry_run_kind kind, __u16 port_no,
			  __u32 arg, const struct ref_packet *pkt)
{
	__u32 i = e->want.n_outputs++;
	struct xvs_dry_run_output *o;

	if (i >= XVS_DRY_RUN_OUTPUTS)
		return;
	o = &e->want.output[i];
	o->kind = (__u8)kind;
	o->port_no = port_no;
	o->arg = arg;
	o->len = (__u32)pkt->len;
	memcpy(o->frame, pkt->data, pkt->len < sizeof(o->frame) ? pkt->len : sizeof(o->frame));
}

static void expect_device(void *aux, __u16 port_no, const struct ref_packet *pkt)
{
	expect_output(aux, XVS_DRY_RUN_DEVICE, port_no, 0, pkt);
}

static void expect_controller(void *aux, __u32 arg, const struct ref_packet *pkt)
{
	expect_output(aux, XVS_DRY_RUN_CONTROLLER, 0, arg, pkt);
}

/* Whether it lets the packet through is for the record to say. */
static bool expect_meter(void *aux, __u32 slot, const struct ref_packet *pkt)
{
	struct fast_path_expect *e = aux;
	__u32 i = e->want.n_meters++;

	if (i >= XVS_DRY_RUN_METERS)
		return true;
	e->want.meter[i].slot = slot;
	if (i < e->got->n_meters && e->got->meter[i].slot == slot)
		e->want.meter[i].exceeded = e->got->meter[i].exceeded;
	return !e->want.meter[i].exceeded;
}

static void expect_recirc(void *aux, __u32 recirc_id, struct ref_packet *pkt)
{
	struct fast_path_expect *e = aux;

	e->goes_on = true;
	e->recirc_id = recirc_id;
}

static void set_tracking(struct xvs_flow_key *to, const struct xvs_flow_key *from)
{
	to->ct_state = from->ct_state;
	to->ct_zone = from->ct_zone;
	to->ct_mark = from->ct_mark;
	to->ct_label[0] = from->ct_label[0];
	to->ct_label[1] = from->ct_label[1];
}

/* The key of the lookup that the record has behind this pass, or NULL. */
static const struct xvs_flow_key *next_lookup(const struct fast_path_expect *e, __u32 recirc_id)
{
	__u32 i = e->want.n_lookups;
	const struct xvs_flow_key *key = &e->got->lookup[i < XVS_DRY_RUN_LOOKUPS ? i : 0].key;

	if (i >= e->got->n_lookups || i >= XVS_DRY_RUN_LOOKUPS || key->recirc_id != recirc_id)
		return NULL;
	return key;
}

static enum xvs_drop_reason expect_ct(void *aux, __u32 slot, struct ref_packet *pkt)
{
	struct fast_path_expect *e = aux;
	const struct xvs_ct_action *action = e->ct.actions ? ct_action_find(e->ct.actions, slot)
							   : NULL;
	struct xvs_flow_key found = e->key;
	const struct xvs_flow_key *seen;
	enum xvs_drop_reason reason = XVS_DROP_UNSPEC;

	if (!action)
		return XVS_DROP_BAD_PROGRAM;
	if (action->flags & XVS_CT_A_CLEAR) {
		set_tracking(&e->key, &(struct xvs_flow_key){0});
		return XVS_DROP_UNSPEC;
	}
	set_tracking(&found, &(struct xvs_flow_key){.ct_state = XVS_CT_TRK | XVS_CT_NEW,
						    .ct_zone = action->zone});
	if (e->ct.find) {
		found = e->key;
		reason = e->ct.find(e->ct.aux, slot, pkt, &found);
	}
	if (reason || !action->recirc_id)
		return reason;
	seen = next_lookup(e, action->recirc_id);
	set_tracking(&e->key, seen ? seen : &found);
	expect_recirc(aux, action->recirc_id, pkt);
	return XVS_DROP_UNSPEC;
}

bool fast_path_expect_pass(struct fast_path_expect *e, const struct xvs_flow_key *key,
			   const struct xlate_out *out)
{
	const struct ref_handlers handlers = {.output = expect_device,
					      .meter = expect_meter,
					      .controller = expect_controller,
					      .recirc = expect_recirc,
					      .ct = expect_ct,
					      .aux = e};

	e->goes_on = false;
	e->key = *key;
	if (e->want.n_lookups < XVS_DRY_RUN_LOOKUPS)
		e->want.lookup[e->want.n_lookups].key = *key;
	e->want.n_lookups++;
	e->want.reason = out->reason;
	if (out->verdict != XVS_VERDICT_DROP)
		e->want.reason = execute_ref(&e->pkt, out->ops, out->n_ops, &handlers);
	if (e->want.reason)
		e->want.end = XVS_DRY_RUN_DROPPED;
	else if (!e->goes_on)
		e->want.end = XVS_DRY_RUN_SENT;
	return e->goes_on;
}

/* Copies for the host's stack are no business of the translation. */
static const struct xvs_dry_run_output *next_output(const struct xvs_dry_run *run, __u32 *i)
{
	while (*i < run->n_outputs && *i < XVS_DRY_RUN_OUTPUTS) {
		const struct xvs_dry_run_output *o = &run->output[(*i)++];

		if (o->kind != XVS_DRY_RUN_STACK)
			return o;
	}
	return NULL;
}

const struct xvs_dry_run_output *fast_path_output(const struct xvs_dry_run *run, __u32 i)
{
	const struct xvs_dry_run_output *o;
	__u32 at = 0;

	do {
		o = next_output(run, &at);
	} while (o && i--);
	return o;
}

static struct fast_path_diff compare_frames(const struct xvs_dry_run_output *got,
					    const struct xvs_dry_run_output *want, __u32 i)
{
	struct fast_path_diff diff = {.i = i};
	__u32 len = want->len < XVS_DRY_RUN_FRAME ? want->len : XVS_DRY_RUN_FRAME;

	if (got->len != want->len) {
		diff.kind = FAST_PATH_DIFF_LEN;
		return diff;
	}
	while (diff.at < len && got->frame[diff.at] == want->frame[diff.at])
		diff.at++;
	if (diff.at < len)
		diff.kind = FAST_PATH_DIFF_BYTE;
	return diff;
}

static __u32 count_outputs(const struct xvs_dry_run *run)
{
	__u32 n = run->n_outputs;

	for (__u32 i = 0; i < run->n_outputs && i < XVS_DRY_RUN_OUTPUTS; i++)
		n -= run->output[i].kind == XVS_DRY_RUN_STACK;
	return n;
}

static struct fast_path_diff compare_outputs(const struct xvs_dry_run *got,
					     const struct xvs_dry_run *want)
{
	struct fast_path_diff diff = {.kind = FAST_PATH_DIFF_OUTPUT};
	__u32 at_got = 0, at_want = 0;

	for (;; diff.i++) {
		const struct xvs_dry_run_output *g = next_output(got, &at_got);
		const struct xvs_dry_run_output *w = next_output(want, &at_want);
		struct fast_path_diff frames;

		if (!g && !w)
			break;
		if (!g || !w || g->kind != w->kind || g->port_no != w->port_no || g->arg != w->arg)
			return diff;
		frames = compare_frames(g, w, diff.i);
		if (frames.kind)
			return frames;
	}
	/* Of those beyond the record there is only the number. */
	if (count_outputs(got) != count_outputs(want))
		return diff;
	return (struct fast_path_diff){0};
}

static struct fast_path_diff compare_meters(const struct xvs_dry_run *got,
					    const struct xvs_dry_run *want)
{
	struct fast_path_diff diff = {.kind = FAST_PATH_DIFF_METER};
	__u32 n = got->n_meters > want->n_meters ? got->n_meters : want->n_meters;

	for (; diff.i < n && diff.i < XVS_DRY_RUN_METERS; diff.i++)
		if (diff.i >= got->n_meters || diff.i >= want->n_meters ||
		    got->meter[diff.i].slot != want->meter[diff.i].slot)
			return diff;
	return (struct fast_path_diff){0};
}

static struct fast_path_diff compare_keys(const struct xvs_dry_run *got,
					  const struct xvs_dry_run *want)
{
	struct fast_path_diff diff = {.kind = FAST_PATH_DIFF_KEY};

	for (; diff.i < got->n_lookups && diff.i < want->n_lookups; diff.i++)
		if (diff.i < XVS_DRY_RUN_LOOKUPS &&
		    !key_equal(&got->lookup[diff.i].key, &want->lookup[diff.i].key))
			return diff;
	return (struct fast_path_diff){0};
}

struct fast_path_diff fast_path_compare(const struct fast_path_expect *e)
{
	const struct xvs_dry_run *got = e->got, *want = &e->want;
	struct fast_path_diff diff = compare_keys(got, want);

	if (!diff.kind)
		diff = compare_meters(got, want);
	if (!diff.kind)
		diff = compare_outputs(got, want);
	if (diff.kind)
		return diff;
	/* The expectation of a packet that is looked up once more has no end; the
	 * number of passes is the programs' own limit. */
	if (!want->end && got->reason == XVS_DROP_RECIRC_LIMIT)
		return diff;
	if ((got->n_lookups > want->n_lookups) != !want->end)
		diff.kind = FAST_PATH_DIFF_PASS;
	else if (want->end && (got->end != want->end || got->reason != want->reason))
		diff.kind = FAST_PATH_DIFF_END;
	return diff;
}

/* The field's bits, where they lie in a key. */
static void field_bits(const struct field *f, struct flow_key *bits)
{
	union field_value mask;

	memset(bits, 0, sizeof(*bits));
	field_exact_mask(f, &mask);
	field_set(f, bits, &mask);
}

/* Takes the bits of 'bits' out of 'left'; true: there were some. */
static bool take_bits(struct flow_key *left, const struct flow_key *bits)
{
	__u64 taken = 0;

	for (int i = 0; i < FLOW_KEY_WORDS; i++) {
		taken |= left->w[i] & bits->w[i];
		left->w[i] &= ~bits->w[i];
	}
	return taken;
}

size_t fast_path_fields(const struct xvs_flow_key *a, const struct xvs_flow_key *b,
			enum field_id ids[FIELD_N])
{
	const struct flow_key key = flow_of_packet(a);
	struct flow_key differs = {0}, all, bits;
	size_t n = 0;

	memset(&all, 0xff, sizeof(all));
	for (int i = 0; i < XVS_KEY_WORDS; i++)
		differs.pkt.w[i] = a->w[i] ^ b->w[i];
	for (int i = 0; i < FIELD_N; i++) {
		if (fields[i].is_view || !field_prereqs_met(&fields[i], &key, &all))
			continue;
		field_bits(&fields[i], &bits);
		if (take_bits(&differs, &bits))
			ids[n++] = fields[i].id;
	}
	return n;
}
