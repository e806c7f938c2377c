/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A packet taken apart: addresses, tags, labels, headers and what travels beside
 * it. What actions do to it is done to the parts, and the frame is built from
 * scratch each time that somebody sends it. No masks.
 */
#ifndef TESTS_PLAIN_PACKET_H
#define TESTS_PLAIN_PACKET_H

#include "field.h"
#include "frame.h"

#define PLAIN_LABELS 16

struct plain_label {
	__be16 ethertype; /* in front of it */
	__u32 lse;
};

struct plain_packet {
	struct flow_key beside; /* registers, metadata, in_port, tunnel... */
	struct frame_spec spec; /* tags, addresses, and the headers behind all labels */
	struct flow_key came; /* its protocols: as it was parsed last */
	struct plain_label label[PLAIN_LABELS]; /* the outermost last */
	unsigned int n_labels;
	unsigned int n_wire; /* labels that came with it; the others are above */
	bool bare; /* the last of those is off: it is parsed again before long */
	/* An EtherType was given to what is something else: nobody can tell what the
	 * packet is now. So it is with more tags than the parser takes. */
	bool unknown;
};

/* What is on the wire behind a label, which a key does not hold. */
struct plain_hidden {
	struct xvs_flow_key key; /* headers from L3 on, and their dl_type */
	unsigned int n_labels; /* below the one of the packet's key */
	__u32 lse[2]; /* the outermost last */
};

/* 'hidden' counts for MPLS packets only. */
void plain_packet_init(struct plain_packet *p, const struct flow_key *key,
		       const struct plain_hidden *hidden);
/* As rules see it: two tags and one label at most, no header behind a label. */
void plain_packet_key(const struct plain_packet *p, struct flow_key *key);
void plain_packet_build(const struct plain_packet *p, struct frame_buf *frame);

bool plain_packet_has(const struct plain_packet *p, const struct field *f);
void plain_packet_set(struct plain_packet *p, const struct field *f, const union field_value *value,
		      const union field_value *mask);

void plain_packet_push_vlan(struct plain_packet *p, __u16 tpid, __u16 tci);
void plain_packet_pop_vlan(struct plain_packet *p);
void plain_packet_push_mpls(struct plain_packet *p, __be16 ethertype);
void plain_packet_pop_mpls(struct plain_packet *p, __be16 ethertype);
/* False: it is used up. */
bool plain_packet_dec_ttl(struct plain_packet *p);
bool plain_packet_dec_mpls_ttl(struct plain_packet *p);

#endif /* TESTS_PLAIN_PACKET_H */
