// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the fast path did with a traced packet, as JSON and in words.
 */
#include "rpc_fast_path.h"

#include <string.h>

#include "field_text.h"
#include "rpc.h"
#include "rpc_drops.h"

static void add_port(struct strbuf *b, __u16 port_no, const struct port_names *names)
{
	const char *name = names->name(names->aux, port_no);

	if (name)
		strbuf_add(b, name);
	else
		strbuf_printf(b, "port %u", port_no);
}

/* Where an output goes; NULL: there is none. */
static void add_target(struct strbuf *b, const struct xvs_dry_run_output *o,
		       const struct port_names *names)
{
	if (!o)
		strbuf_add(b, "none");
	else if (o->kind == XVS_DRY_RUN_DEVICE)
		add_port(b, o->port_no, names);
	else if (o->kind == XVS_DRY_RUN_CONTROLLER)
		strbuf_printf(b, "the controller (%u)", o->arg);
	else
		strbuf_add(b, "the host's stack");
}

static void add_end(struct strbuf *b, const struct xvs_dry_run *run)
{
	if (run->end == XVS_DRY_RUN_DROPPED)
		strbuf_printf(b, "dropped (%s)",
			      drop_reason_name((enum xvs_drop_reason)run->reason));
	else
		strbuf_add(b, run->end == XVS_DRY_RUN_SENT ? "sent" : "neither sent nor dropped");
}

static void add_output_diff(struct strbuf *b, const struct model_fast_path *fp,
			    const struct port_names *names)
{
	const struct fast_path_diff *d = &fp->diff;
	const struct xvs_dry_run_output *got = fast_path_output(&fp->got.run, d->i);
	const struct xvs_dry_run_output *want = fast_path_output(&fp->expect.want, d->i);

	strbuf_printf(b, "output %u ", d->i + 1);
	if (d->kind == FAST_PATH_DIFF_OUTPUT || !got || !want) {
		strbuf_add(b, "is ");
		add_target(b, got, names);
		strbuf_add(b, ", not ");
		add_target(b, want, names);
		return;
	}
	strbuf_add(b, "to ");
	add_target(b, got, names);
	if (d->kind == FAST_PATH_DIFF_LEN)
		strbuf_printf(b, " has %u bytes, not %u", got->len, want->len);
	else
		strbuf_printf(b, " has 0x%02x at byte %u, not 0x%02x", got->frame[d->at], d->at,
			      want->frame[d->at]);
}

/* What the programs did, against what the translation says. */
static void add_diff(struct strbuf *b, const struct model_fast_path *fp,
		     const struct port_names *names)
{
	switch (fp->diff.kind) {
	case FAST_PATH_SAME:
		strbuf_add(b, "the programs do not know the device as a port");
		break;
	case FAST_PATH_DIFF_KEY:
		strbuf_printf(b, "the programs parse the frame of pass %u in another way",
			      fp->diff.i + 1);
		break;
	case FAST_PATH_DIFF_METER:
		strbuf_printf(b, "meter %u is another one", fp->diff.i + 1);
		break;
	case FAST_PATH_DIFF_OUTPUT:
	case FAST_PATH_DIFF_LEN:
	case FAST_PATH_DIFF_BYTE:
		add_output_diff(b, fp, names);
		break;
	case FAST_PATH_DIFF_PASS:
		strbuf_add(b, fp->expect.want.end ? "it is looked up once more"
						  : "it is not looked up once more");
		break;
	case FAST_PATH_DIFF_END:
		strbuf_add(b, "it is ");
		add_end(b, &fp->got.run);
		strbuf_add(b, ", not ");
		add_end(b, &fp->expect.want);
		break;
	}
}

static void add_undecided(struct strbuf *b, const struct xvs_dry_run *run)
{
	if (run->end == XVS_DRY_RUN_MISS)
		strbuf_add(b, "not cached: a packet would go up to the daemon");
	else if (run->end == XVS_DRY_RUN_HOST)
		strbuf_add(b, "a packet for the host itself is no rule's");
	else
		strbuf_add(b, "no rule is asked about such a packet");
}

static void add_not_asked(struct strbuf *b, const struct model_fast_path *fp)
{
	static const char *const why[] = {
		[FAST_PATH_NO_PORT] = "the packet has no in_port",
		[FAST_PATH_OTHER_SWITCH] = "its in_port is no port of this switch",
		[FAST_PATH_PATCH_PORT] = "packets cross a patch port in translation",
		[FAST_PATH_NO_DEVICE] = "the device of its in_port is missing",
		[FAST_PATH_LATER_PASS] = "a recirc_id is the programs' own to give",
	};

	if (fp->state == FAST_PATH_REFUSED)
		strbuf_printf(b, "the kernel does not run the programs: %s", strerror(-fp->error));
	else
		strbuf_add(b, why[fp->state]);
}

/* A new reference to what 'b' says, which ends; null for nothing. */
static json_t *take_text(struct strbuf *b)
{
	if (b->len || b->failed)
		return rpc_take_text(b);
	strbuf_fini(b);
	return json_null();
}

static json_t *reason_text(const struct model_fast_path *fp, const struct port_names *names)
{
	struct strbuf b;

	strbuf_init(&b);
	if (fp->state != FAST_PATH_ASKED)
		add_not_asked(&b, fp);
	else if (fp->agreement == FAST_PATH_DISAGREES)
		add_diff(&b, fp, names);
	else if (fp->agreement == FAST_PATH_UNDECIDED)
		add_undecided(&b, &fp->got.run);
	return take_text(&b);
}

/* "nw_proto=59": what the frame has that the packet has not. */
static json_t *nearest_text(const struct model_fast_path *fp, const struct flow_key *asked)
{
	const struct flow_key key = flow_of_packet(&fp->nearest);
	enum field_id ids[FIELD_N];
	struct strbuf b;
	size_t n = 0;

	strbuf_init(&b);
	if (fp->is_nearest)
		n = fast_path_fields(&key.pkt, &asked->pkt, ids);
	for (size_t i = 0; i < n; i++) {
		const struct field *f = &fields[ids[i]];
		struct field_bits bits;

		field_get(f, &key, &bits.value);
		field_exact_mask(f, &bits.mask);
		strbuf_printf(&b, "%s%s=", i ? "," : "", field_printed_name(f));
		field_text_format(&b, f, &bits);
	}
	return take_text(&b);
}

static const char *result_name(const struct model_fast_path *fp)
{
	if (fp->state != FAST_PATH_ASKED)
		return "none";
	switch (fp->got.run.end) {
	case XVS_DRY_RUN_SENT:
		return "hit";
	case XVS_DRY_RUN_DROPPED:
		return "drop";
	case XVS_DRY_RUN_MISS:
		return "miss";
	case XVS_DRY_RUN_HOST:
		return "host";
	default:
		return "unknown";
	}
}

/* 'hint' names the kind of hint that it would be found by. */
static json_t *lookup_object(const struct xvs_dry_run_lookup *l, const char *hint)
{
	const char *by = l->n_probed ? "megaflow" : hint;

	return json_pack("{s:I, s:o, s:s?, s:i}", "recirc_id", (json_int_t)l->key.recirc_id, "slot",
			 l->slot ? json_integer(l->slot) : json_null(), "by", l->slot ? by : NULL,
			 "subtables_probed", (int)l->n_probed);
}

static json_t *lookups_array(const struct dp_test_result *got)
{
	const struct xvs_dry_run *run = &got->run;
	json_t *list = json_array();

	for (__u32 i = 0; i < run->n_lookups && i < XVS_DRY_RUN_LOOKUPS; i++)
		json_array_append_new(list, lookup_object(&run->lookup[i], got->handed_up && !i
										   ? "handover"
										   : "microflow"));
	return list;
}

static json_t *frame_hex(const struct xvs_dry_run_output *o)
{
	return rpc_hex(o->frame, o->len < XVS_DRY_RUN_FRAME ? o->len : XVS_DRY_RUN_FRAME);
}

static json_t *output_object(const struct xvs_dry_run_output *o, const struct port_names *names)
{
	json_t *object =
		json_pack("{s:I, s:o}", "bytes", (json_int_t)o->len, "frame", frame_hex(o));
	struct strbuf port;

	if (o->kind == XVS_DRY_RUN_CONTROLLER) {
		json_object_set_new(object, "controller", json_integer(o->arg));
	} else if (o->kind == XVS_DRY_RUN_STACK) {
		json_object_set_new(object, "stack", json_true());
	} else {
		strbuf_init(&port);
		add_port(&port, o->port_no, names);
		json_object_set_new(object, "port", take_text(&port));
	}
	return object;
}

static json_t *outputs_array(const struct xvs_dry_run *run, const struct port_names *names)
{
	json_t *list = json_array();

	for (__u32 i = 0; i < run->n_outputs && i < XVS_DRY_RUN_OUTPUTS; i++)
		json_array_append_new(list, output_object(&run->output[i], names));
	return list;
}

static json_t *meters_array(const struct xvs_dry_run *run)
{
	json_t *list = json_array();

	for (__u32 i = 0; i < run->n_meters && i < XVS_DRY_RUN_METERS; i++)
		json_array_append_new(list, json_pack("{s:I, s:b}", "slot",
						      (json_int_t)run->meter[i].slot, "exceeded",
						      (int)run->meter[i].exceeded));
	return list;
}

/* Of the last pass that hit; null: none did. */
static json_t *slot_value(const struct xvs_dry_run *run)
{
	__u32 slot = 0;

	for (__u32 i = 0; i < run->n_lookups && i < XVS_DRY_RUN_LOOKUPS; i++)
		slot = run->lookup[i].slot ? run->lookup[i].slot : slot;
	return slot ? json_integer(slot) : json_null();
}

json_t *rpc_fast_path(const struct model_fast_path *fp, const struct flow_key *key,
		      const struct port_names *names)
{
	const struct xvs_dry_run *run = &fp->got.run;
	bool asked = fp->state == FAST_PATH_ASKED;
	const char *hook = fp->got.hook == XVS_HOOK_XDP ? "xdp" : "tc";
	const char *dropped = run->end == XVS_DRY_RUN_DROPPED
				      ? drop_reason_name((enum xvs_drop_reason)run->reason)
				      : NULL;
	json_t *agrees = fp->agreement == FAST_PATH_UNDECIDED
				 ? json_null()
				 : json_boolean(fp->agreement == FAST_PATH_AGREES);

	return json_pack("{s:s?, s:b, s:s, s:o, s:o, s:o, s:o, s:s?, s:o, s:o, s:o}", "hook",
			 asked ? hook : NULL, "handed_up", (int)fp->got.handed_up, "result",
			 result_name(fp), "slot", slot_value(run), "lookups",
			 lookups_array(&fp->got), "outputs", outputs_array(run, names), "meters",
			 meters_array(run), "drop_reason", dropped, "agrees", agrees, "reason",
			 reason_text(fp, names), "nearest", nearest_text(fp, key));
}
