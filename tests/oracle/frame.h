/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames from flow keys: the headers that the key tells of, with lengths and
 * checksums that are right, and a fixed payload. The other way round is the
 * parser's (bpf/parse*.h).
 */
#ifndef TESTS_FRAME_H
#define TESTS_FRAME_H

#include "xvs/flow_key.h"

#define FRAME_MAX_TAGS 8
#define FRAME_MAX_LEN 256

struct frame_tag {
	__u16 tpid, tci; /* host order, no CFI bit */
};

struct frame_spec {
	struct xvs_flow_key key; /* without its VLAN tags */
	struct frame_tag tag[FRAME_MAX_TAGS]; /* the outermost last */
	unsigned int n_tags;
	bool is_nd; /* the ICMPv6 message has a target and these options */
	bool has_sll, has_tll;
};

struct frame_buf {
	__u8 bytes[FRAME_MAX_LEN];
	size_t len;
};

/* 'key' with its tags, TPID 0x8100. */
void frame_spec_init(struct frame_spec *spec, const struct xvs_flow_key *key);
void frame_build(const struct frame_spec *spec, struct frame_buf *out);

/* From scratch, bit by bit: for comparison with incremental changes. */
__u16 frame_csum(const __u8 *data, size_t len, __u32 sum);
__u32 frame_crc32c(const __u8 *data, size_t len);

#endif /* TESTS_FRAME_H */
