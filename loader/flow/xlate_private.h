/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The state of one translation, shared by xlate.c (rules and actions),
 * xlate_normal.c (NORMAL and flood), xlate_vlan.c and xlate_commit.c (from
 * writes to operations).
 *
 * Two pictures of the packet are kept: as the operations emitted so far have
 * left the frame, and as the actions want it. An output brings the first to
 * the second. Neither holds values of this one packet that the megaflow's mask
 * does not pin: what a picture does not know is "the packet's own bits", and
 * who needs their value says so by xlate_read(), which un-wildcards them.
 */
#ifndef FLOW_XLATE_PRIVATE_H
#define FLOW_XLATE_PRIVATE_H

#include "flow_parse.h"
#include "recirc.h"
#include "xlate.h"
#include "xlate_trace.h"

/* The two tags that a key holds and those that actions push. */
#define XLATE_MAX_TAGS 6

#define XLATE_TAG_OUTER 1 /* the packet's own tags, by their place in the key */
#define XLATE_TAG_INNER 2
#define XLATE_TAG_PUSHED 3 /* and above: in order of pushing */

#define XLATE_TPID XVS_BE16(0x8100)

struct vlan_tag {
	unsigned int id; /* XLATE_TAG_*; equal ids are the same tag */
	__be16 tpid; /* of a pushed tag */
	__u16 mask; /* TCI bits that actions set; the others are the packet's own */
	__u16 value; /* those bits */
};

/* A frame's tags, the outermost last. Those of the packet's own that nobody has
 * asked for are not in it, and lie below. */
struct vlan_stack {
	unsigned int n;
	struct vlan_tag tag[XLATE_MAX_TAGS];
	bool outer_read, inner_read; /* that tag is in the stack, or has been, or is not there */
};

/* Values that actions have pushed; Open vSwitch has no less room. */
#define XLATE_MAX_STACK RECIRC_MAX_STACK
/* The packet's own outermost label and those that actions push. */
#define XLATE_MAX_LABELS 4
#define XLATE_LABEL_OWN 1 /* others: in order of pushing */

struct mpls_label {
	unsigned int id; /* equal ids are the same label */
	__be16 ethertype; /* in front of it */
	__be16 below; /* the EtherType when it was pushed */
	__be32 mask; /* bits that actions set; the others are the packet's own */
	__be32 value; /* those bits */
};

/* A frame's labels, the outermost last. Below them is the packet without labels,
 * or, in an MPLS packet, what the parser did not see. */
struct mpls_stack {
	unsigned int n;
	struct mpls_label label[XLATE_MAX_LABELS];
};

/*
 * The packet as the actions want it: what clone, group and patch ports save and
 * restore. Registers are in 'flow' too.
 */
struct xlate_want {
	struct flow_key flow; /* not its VLANs and label */
	struct flow_key known; /* bits of 'flow' that are the same for all packets of the megaflow */
	unsigned int n_nat; /* which ct(nat) was the last that changed the frame */
	bool untracked; /* connection tracking's fields are zero, whatever the key has */
	unsigned int n_dec; /* dec_ttl of a TTL that is not known; done in 'flow' */
	bool unparsed; /* pop_mpls has bared headers that this pass does not know */
	struct vlan_stack vlan;
	struct mpls_stack mpls;
	/* With labels on it: the headers below, words from L3 on. */
	struct flow_key below, below_known;
	unsigned int n_stack;
	union field_value stack[XLATE_MAX_STACK];
};

/* A rule that learn() asks for. */
struct learned {
	struct sw *sw;
	struct flow_spec spec;
};

/* What the policy adds to the program: see xlate_policy_finish.c. */
#define XLATE_POLICY_NOTES 4
struct xlate_policy_out {
	bool commits; /* a connection is entered: */
	__u16 zone;
	__u32 rule; /* policy_pair.h; 0: by none */
	unsigned int n_notes; /* others are lost */
	struct controller_point note[XLATE_POLICY_NOTES];
};

struct xlate_ctx {
	const struct xlate_in *in;
	struct xlate_out *out;
	struct xlate_trace *trace;
	struct flow_key told; /* bits of the mask that the explanation has named */

	struct sw *sw; /* patch ports lead to others */
	__u8 table_id; /* of the rule whose actions run */
	const struct rule *rule;
	__u64 cookie; /* of that rule, or of the one that was frozen */
	unsigned int depth; /* see XLATE_MAX_DEPTH */
	unsigned int n_resubmits;
	bool tracked; /* packets of this pass may be: their keys have it */
	unsigned int n_copies; /* inside of each other */
	/* What the packet is on the other side of the copy that a meter may end: the
	 * innermost of clone and patch port. NULL: a meter ends the packet. */
	const struct xlate_want *copy_of;
	size_t copies_begin; /* operations before the outermost of those */
	__u32 mirrors; /* that the packet has met, a bit each of ctx->sw's */
	struct recirc_policy policy; /* of ctx->sw */
	struct xlate_policy_out policy_out;

	struct xlate_want want;
	/* Of the headers, what operations have left in the frame. */
	struct flow_key frame; /* bits that were written */
	struct flow_key frame_known; /* which those are */
	unsigned int frame_nat; /* CT operations that may have translated it */
	unsigned int frame_dec; /* DEC_TTL operations that TTL has seen */
	struct vlan_stack frame_vlan;
	struct mpls_stack frame_mpls;
	bool outer_read, inner_read; /* the presence of that tag is in the mask */
	unsigned int next_tag_id;
	unsigned int next_label_id;

	bool tail; /* nothing follows what is carried out */
	bool list_tail; /* ... nor the list that it stands in: what ends it ends the packet */
	bool exit; /* no more actions, callers' included */
	bool freezing; /* the same, but they are kept for the next pass: */
	bool frozen_copy; /* what goes on in the next pass is a copy; the rest goes on here */
	size_t frozen_begin; /* ... from this operation on */
	struct recirc frozen; /* its 'rest' grows while the translation unwinds */
	bool frozen_by_ct; /* the next pass is behind a CT: */
	struct xvs_ct_action frozen_ct; /* ... but for its recirc_id */

	struct learned *learned; /* rules to be made at the end */
	size_t n_learned;

	enum xvs_drop_reason reason; /* of the first output that was not made; 0: none */
	enum xvs_drop_reason error; /* the whole translation comes to nothing; 0: none */
	bool expired; /* this packet ends at a dec_ttl before: it teaches nothing more */
	bool too_big; /* the program does not fit */

	/* Not zero at first, as it is large: the packet as it enters the next pass. */
	struct xlate_want frozen_want;
};

/* --- what decides, but is no part of the packet [DEP1] --- */

static inline void xlate_depends(struct xlate_ctx *ctx, enum xlate_dep dep, __u64 id)
{
	ctx->out->deps.others |= xlate_dep_tag(dep, ctx->sw->id, id);
}

static inline void xlate_depends_on_port(struct xlate_ctx *ctx, __u16 port_no)
{
	ctx->out->deps.others |= xlate_dep_port(port_no);
}

/* --- xlate_key.c: reading and writing the packet --- */

/* A mask for a lookup to add to: it has what costs nothing more to read, so that
 * an explanation tells of the rest only. */
void xlate_begin_reading(const struct xlate_ctx *ctx, struct flow_key *wc);
/* Bits 'wc' of the flow as wanted decide something: un-wildcards those of them
 * that are the packet's own. */
void xlate_unwildcard(struct xlate_ctx *ctx, const struct flow_key *wc);
/* Bytes [offset, offset + n) of the key; not of tags, label, TTL. */
void xlate_read(struct xlate_ctx *ctx, size_t offset, size_t n);
#define XLATE_READ(ctx, member) \
	xlate_read(ctx, offsetof(struct flow_key, member), sizeof(((struct flow_key *)0)->member))
/* The key as wanted, tags and label included, for a lookup. */
void xlate_key(struct xlate_ctx *ctx, struct flow_key *key);
/* Words of the packet's key that 'key', of xlate_key(), may have other than the
 * packets of the megaflow had them: a bit each. */
__u32 xlate_rewritten(const struct xlate_ctx *ctx, const struct flow_key *key);
/* The packet has the header that 'f' is in; un-wildcards what tells. */
bool xlate_has_field(struct xlate_ctx *ctx, const struct field *f);
void xlate_get(struct xlate_ctx *ctx, const struct subfield *sub, union field_value *value);
/* Writes bits of a field; whoever calls has asked xlate_has_field. */
void xlate_set(struct xlate_ctx *ctx, const struct field *f, const union field_value *value,
	       const union field_value *mask);
void xlate_set_subfield(struct xlate_ctx *ctx, const struct subfield *sub,
			const union field_value *value);
/* This packet may make the switch learn something. */
static inline bool xlate_may_learn(const struct xlate_ctx *ctx)
{
	return ctx->in->may_learn && !ctx->expired;
}

/* dec_ttl and dec_mpls_ttl; false: expired, the list ends. */
bool xlate_dec_ttl(struct xlate_ctx *ctx);
bool xlate_dec_mpls_ttl(struct xlate_ctx *ctx);

/* --- xlate_action.c: lists of actions, tables --- */

/* Looks the packet up in 'table_id' of ctx->sw and carries the rule out. */
void xlate_table(struct xlate_ctx *ctx, __u8 table_id);
void xlate_actions(struct xlate_ctx *ctx, const struct ofacts *list);
/* The same on a copy: what it changes is undone. */
typedef void (*xlate_copy_fn)(struct xlate_ctx *ctx, const void *arg);
void xlate_on_copy(struct xlate_ctx *ctx, xlate_copy_fn fn, const void *arg);
/* On a copy that a meter ends by itself: METER jumps behind it. The frame is then as
 * it was before, whether it jumped or not. */
void xlate_on_clone(struct xlate_ctx *ctx, xlate_copy_fn fn, const void *arg);
/* Keeps the rest of a list for the next pass. */
void xlate_freeze_rest(struct xlate_ctx *ctx, const struct ofacts *list, size_t from);

/* --- xlate_output.c --- */

/* The port that the packet came in by, or that actions say it did; or NULL. */
const struct sw_port *xlate_in_port(const struct xlate_ctx *ctx);

/* An output that is not made: the packet's drop reason if none is made at all. */
void xlate_skip(struct xlate_ctx *ctx, enum xvs_drop_reason reason);
/* Outputs to a port of ctx->sw with these tags, if the port takes anything now. */
void xlate_output(struct xlate_ctx *ctx, const struct sw_port *p, const struct vlan_stack *vlan);
/* The outputs of an action, as rules number ports: any port but the input; to it. */
void xlate_output_plain(struct xlate_ctx *ctx, __u16 number);
void xlate_output_back(struct xlate_ctx *ctx);
void xlate_output_all(struct xlate_ctx *ctx, bool flood);
void xlate_output_number(struct xlate_ctx *ctx, __u64 port_no); /* reserved ones too */
void xlate_local(struct xlate_ctx *ctx);
void xlate_controller(struct xlate_ctx *ctx, __u16 max_len);
void xlate_meter(struct xlate_ctx *ctx, __u32 id);
/* Operations from 'begin' on have a METER that ends all that follows; those end here. */
bool xlate_has_open_meter(const struct xlate_ctx *ctx, size_t begin);
void xlate_close_meters(struct xlate_ctx *ctx, size_t begin);
/* The packet enters ctx->sw by 'port_no': mirrors of the input, then table 0. */
void xlate_enter(struct xlate_ctx *ctx);

/* --- xlate_policy.c: the firewall of ctx->sw --- */

/* The packet has come in; true: it is tracked first, and this pass does nothing more. */
bool xlate_policy_enter(struct xlate_ctx *ctx);
/* It is an answer of DNS that names of the policy may be in: the daemon gets it, looks
 * at it, and sends it on. */
bool xlate_policy_snoops(struct xlate_ctx *ctx);
/* An output to that port may be made; else the reason is noted. */
bool xlate_policy_allows(struct xlate_ctx *ctx, const struct sw_port *to);
/* This pass ends, and another one has the outputs; what it has to know. */
struct recirc_policy xlate_policy_freeze(struct xlate_ctx *ctx);
void xlate_policy_thaw(struct xlate_ctx *ctx, const struct recirc_policy *policy);
/* xlate_policy_finish.c: of a program that has outputs; of one that has none: true, if
 * the program is what is left to do for a packet that is dropped. */
void xlate_policy_finish(struct xlate_ctx *ctx);
bool xlate_policy_notes_drop(struct xlate_ctx *ctx, enum xvs_drop_reason reason);

/* xlate_guard.c: SpoofGuard drops the packet, which has come in by 'in'. */
bool xlate_is_spoofed(struct xlate_ctx *ctx, const struct sw_port *in);

/* xlate_group.c */
void xlate_group(struct xlate_ctx *ctx, __u32 id);

/* xlate_mirror.c */
void xlate_mirror_input(struct xlate_ctx *ctx);
/* Of what leaves by 'p' with the tags 'vlan'. */
void xlate_mirror_output(struct xlate_ctx *ctx, const struct sw_port *p,
			 const struct vlan_stack *vlan);

/* xlate_learn.c: what is learned is there for the next packet, not for tables
 * that this one meets on its way. */
void xlate_learn(struct xlate_ctx *ctx, const struct ofact_learn *learn);
void xlate_learn_finish(struct xlate_ctx *ctx);

/* xlate_recirc.c: after pop_mpls the headers below are not known in this pass. A
 * program ends in one RECIRC at most, so of copies only one can go on. */
/* Ends this pass, for the copy that is worked on or for the packet; false: it
 * cannot be done here, and the trace says why. */
bool xlate_freeze(struct xlate_ctx *ctx);
/* What stands in the way of another pass, for a trace; NULL: nothing. */
const char *xlate_no_next_pass(const struct xlate_ctx *ctx);
/* The packet as it is wanted now is what the next pass begins with. */
void xlate_freeze_state(struct xlate_ctx *ctx);
/* The program's last operation. */
void xlate_recirc_finish(struct xlate_ctx *ctx);
/* Goes on where the pass before has ended; if its state is gone, the packet too. */
void xlate_thaw(struct xlate_ctx *ctx);

/* --- xlate_ct.c --- */

void xlate_ct(struct xlate_ctx *ctx, const struct ofact_ct *ct);
/* The packet counts as not tracked from here on. */
void xlate_ct_clear(struct xlate_ctx *ctx);
/* A CT without a next pass, of the packet as it is wanted now; 'action' has no
 * recirc_id, and zeros where it has nothing. What it says of the connection is in the
 * fields of a next pass only. */
void xlate_ct_emit(struct xlate_ctx *ctx, const struct xvs_ct_action *action);
/* The slot of an action for an operation; 0: there is none, the packet is dropped, and
 * the trace says so. */
__u32 xlate_ct_slot(struct xlate_ctx *ctx, const struct xvs_ct_action *action);
/* The same with a next pass, for a copy of the packet as it is wanted now: what it does
 * there the caller says by xlate_freeze_rest. It is the program's end; what goes on in
 * this pass comes before. False: it cannot be, the packet is dropped, and the trace
 * says why. */
bool xlate_ct_fork(struct xlate_ctx *ctx, const struct xvs_ct_action *action);
/* Where nothing leaves any more, a CT that enters a connection gets a next pass that
 * does nothing, as no program ends without [ACT1]. */
void xlate_ct_keep_last(struct xlate_ctx *ctx);
/* Of the fork, when the number of the next pass is known. */
void xlate_ct_finish(struct xlate_ctx *ctx, __u32 recirc_id);
/* The frame is no longer the one that is wanted, and cannot be again: a ct(nat) of a
 * copy, or behind a ct(nat) what was to be put back. */
void xlate_ct_refuse_undo(struct xlate_ctx *ctx);

/* --- xlate_vlan.c --- */
/* The outermost tag, or NULL; un-wildcards its presence. */
struct vlan_tag *xlate_vlan_top(struct xlate_ctx *ctx);
/* The one below it, or NULL. */
struct vlan_tag *xlate_vlan_second(struct xlate_ctx *ctx);
/* The tags are those that the packet came with, as far as anybody has looked. */
bool xlate_vlan_is_own(const struct xlate_ctx *ctx);
/* Bits of a tag's TCI (host order); un-wildcards those that are the packet's own. */
__u16 xlate_vlan_bits(struct xlate_ctx *ctx, const struct vlan_tag *tag, __u16 mask);
void xlate_vlan_push(struct xlate_ctx *ctx, __be16 tpid, __u16 tci);
void xlate_vlan_pop(struct xlate_ctx *ctx);
/* Sets bits of the outer tag; pushes one if there is none. */
void xlate_vlan_set(struct xlate_ctx *ctx, __u16 mask, __u16 value);
/* The tags of a frame that leaves with 'vlan' in its outer tag, or without it. VLAN
 * 0 is in no tag, unless there is a priority in it. */
struct vlan_stack xlate_vlan_for(struct xlate_ctx *ctx, bool tagged, __u16 vlan);
void xlate_vlan_commit(struct xlate_ctx *ctx, const struct vlan_stack *want);
/* Both tags' TCIs as wanted, without un-wildcarding anything. */
void xlate_vlan_key(const struct xlate_ctx *ctx, __be16 *tci, __be16 *tci1);
/* Un-wildcards what these bits of the two TCIs depend on. */
void xlate_vlan_unwildcard(struct xlate_ctx *ctx, __u16 tci, __u16 tci1);

/* --- xlate_mpls.c --- */
void xlate_mpls_begin(struct xlate_ctx *ctx);
/* The same of labels. */
bool xlate_mpls_is_own(const struct xlate_ctx *ctx);
void xlate_mpls_push(struct xlate_ctx *ctx, __be16 ethertype);
void xlate_mpls_pop(struct xlate_ctx *ctx, __be16 ethertype);
void xlate_mpls_set(struct xlate_ctx *ctx, __be32 mask, __be32 value);
/* Bits of the outermost label's entry; 0: there is none. */
__be32 xlate_mpls_bits(struct xlate_ctx *ctx, __be32 mask);
__be32 xlate_mpls_key(const struct xlate_ctx *ctx);
/* Pops what is not wanted; true: the headers below can be written. */
bool xlate_mpls_commit_pops(struct xlate_ctx *ctx, bool below_changes);
void xlate_mpls_commit_pushes(struct xlate_ctx *ctx);

/* --- xlate_commit.c --- */
void xlate_emit(struct xlate_ctx *ctx, const struct xvs_op *op);
/* Somebody sees the packet as it is at this operation. */
static inline bool xlate_ends_packet(const struct xvs_op *op)
{
	return op->kind == XVS_OP_OUTPUT || op->kind == XVS_OP_CONTROLLER ||
	       op->kind == XVS_OP_RECIRC || (op->kind == XVS_OP_CT && op->flags & XVS_OP_F_LAST);
}
/* Emits what brings the frame to the packet as wanted, with the tags 'vlan'. */
void xlate_commit(struct xlate_ctx *ctx, const struct vlan_stack *vlan);
/* The same to another packet than the one that is wanted now. */
void xlate_commit_to(struct xlate_ctx *ctx, const struct xlate_want *want);

/* --- xlate_normal.c --- */
void xlate_normal(struct xlate_ctx *ctx);
/* The VLAN that the packet is in on its input port, or -1 with the reason. */
int xlate_input_vlan(struct xlate_ctx *ctx, const struct sw_port *in);
/* As NORMAL sends it: with or without the VLAN's tag. */
void xlate_output_in_vlan(struct xlate_ctx *ctx, const struct sw_port *p, __u16 vlan);

/* xlate_trace.c; 'trace' may be NULL. */
void xlate_trace_step(void *trace, const struct classifier_step *step); /* not NULL */
/* 'what', and the fields that have bits in 'which', as they are in 'mask'; no
 * line if there are none. */
void xlate_trace_mask(struct xlate_trace *trace, const char *what, const struct flow_key *which,
		      const struct flow_key *mask);
void xlate_trace_rule(struct xlate_trace *trace, const struct rule *rule);

#endif /* FLOW_XLATE_PRIVATE_H */
