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

/* A frame's tags, the outermost last. */
struct vlan_stack {
	unsigned int n;
	struct vlan_tag tag[XLATE_MAX_TAGS];
};

struct xlate_ctx {
	const struct xlate_in *in;
	struct xlate_out *out;
	struct xlate_trace *trace;

	struct xvs_flow_key flow; /* the packet's key, with the writes so far; not its VLANs */
	struct xvs_flow_key known; /* bits of 'flow' that actions wrote: constants */
	struct xvs_flow_key pending; /* of those, what no operation has written yet */
	unsigned int n_dec; /* dec_ttl of a TTL that is not known, not emitted yet */

	struct vlan_stack vlan; /* as the actions want it */
	struct vlan_stack frame_vlan; /* as the frame has it */
	bool vlan_read; /* the outer tag's presence is in both stacks */
	bool inner_read; /* the inner one's too */
	unsigned int next_tag_id;

	enum xvs_drop_reason reason; /* of the first output that was not made; 0: none */
	bool stop; /* no more actions */
	bool too_big; /* the program does not fit */
};

/* xlate.c */
/* Bytes [offset, offset + n) of the key decide something: un-wildcards them,
 * but for bits that the actions wrote themselves. */
void xlate_read(struct xlate_ctx *ctx, size_t offset, size_t n);
#define XLATE_READ(ctx, member)                                \
	xlate_read(ctx, offsetof(struct xvs_flow_key, member), \
		   sizeof(((struct xvs_flow_key *)0)->member))
/* An output that is not made: the packet's drop reason if none is made at all. */
void xlate_skip(struct xlate_ctx *ctx, enum xvs_drop_reason reason);
/* Outputs to 'port_no' with these tags, if the port takes anything now. */
void xlate_output(struct xlate_ctx *ctx, __u16 port_no, const struct vlan_stack *vlan);

/* xlate_vlan.c */
/* The outermost tag, or NULL; un-wildcards its presence. */
struct vlan_tag *xlate_vlan_top(struct xlate_ctx *ctx);
/* Bits of a tag's TCI (host order); un-wildcards those that are the packet's own. */
__u16 xlate_vlan_bits(struct xlate_ctx *ctx, const struct vlan_tag *tag, __u16 mask);
void xlate_vlan_push(struct xlate_ctx *ctx, __be16 tpid, __u16 tci);
void xlate_vlan_pop(struct xlate_ctx *ctx);
/* Sets bits of the outer tag; pushes one if there is none. */
void xlate_vlan_set(struct xlate_ctx *ctx, __u16 mask, __u16 value);
/* The tags of a frame that leaves with 'vlan' in its outer tag, or, with 0, without it. */
struct vlan_stack xlate_vlan_for(struct xlate_ctx *ctx, __u16 vlan);
void xlate_vlan_commit(struct xlate_ctx *ctx, const struct vlan_stack *want);

/* xlate_commit.c */
void xlate_emit(struct xlate_ctx *ctx, const struct xvs_op *op);
/* Emits what brings the frame to 'flow' and 'vlan'. */
void xlate_commit(struct xlate_ctx *ctx, const struct vlan_stack *vlan);

/* xlate_normal.c */
void xlate_normal(struct xlate_ctx *ctx);
void xlate_flood(struct xlate_ctx *ctx);

/* xlate_trace.c; 'trace' may be NULL. */
void xlate_trace_step(void *trace, const struct classifier_step *step); /* not NULL */
/* 'what', and the fields that have bits in 'which', as they are in 'mask'; no
 * line if there are none. */
void xlate_trace_mask(struct xlate_trace *trace, const char *what, const struct xvs_flow_key *which,
		      const struct xvs_flow_key *mask);
void xlate_trace_rule(struct xlate_trace *trace, const struct rule *rule);

#endif /* FLOW_XLATE_PRIVATE_H */
