/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A frame in a buffer that actions of Open vSwitch's datapath change: tags,
 * labels, masked writes to headers with their checksums. The third of its kind
 * (bpf/execute*.h, loader/flow/execute_ref.c), written on its own: it is what
 * the other two are compared with.
 */
#ifndef OVS_FRAME_EDIT_H
#define OVS_FRAME_EDIT_H

#include <stddef.h>

#include "xvs/types.h"

#define FRAME_EDIT_ROOM 64 /* in front of the frame, for tags and labels */
#define FRAME_EDIT_MAX 512

struct frame_edit {
	__u8 buf[FRAME_EDIT_MAX];
	__u8 *data;
	size_t len;
};

/* Where the headers are; 0: there is none. */
struct frame_layout {
	size_t type; /* of the EtherType behind the tags */
	size_t mpls, l3, l4;
	size_t l4_end; /* of the IP packet */
	__u16 dl_type; /* host order */
	__u8 nw_proto;
	bool later; /* fragment: no L4 header; l4 is 0 */
};

/* Which checksums a write touches. */
enum frame_csum {
	FRAME_CSUM_NONE,
	FRAME_CSUM_IP = 1, /* IPv4's own */
	FRAME_CSUM_PSEUDO = 2, /* L4's, by the pseudo header: not ICMP's, not SCTP's */
	FRAME_CSUM_L4 = 4, /* L4's, by the bytes */
};

struct frame_write {
	size_t at; /* into the frame */
	size_t n; /* at most 16 */
	__u8 value[16];
	__u8 mask[16];
	unsigned int csums; /* FRAME_CSUM_* */
};

void frame_edit_init(struct frame_edit *f, const __u8 *data, size_t len);
void frame_edit_copy(struct frame_edit *dst, const struct frame_edit *src);
void frame_layout(const struct frame_edit *f, struct frame_layout *l);

void frame_write(struct frame_edit *f, const struct frame_write *w);
/* False: there is no room, or no tag. */
bool frame_push_vlan(struct frame_edit *f, __u16 tpid, __u16 tci);
bool frame_pop_vlan(struct frame_edit *f);
bool frame_push_mpls(struct frame_edit *f, __u16 type, __u32 lse);
bool frame_pop_mpls(struct frame_edit *f, __u16 type);
/* The address of an ND option of this type (1: source, 2: target); 0: none. */
size_t frame_nd_option(const struct frame_edit *f, __u8 type);

#endif /* OVS_FRAME_EDIT_H */
