/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the fast path should do with a packet, in the form in which it says what
 * it does (struct xvs_dry_run), and where the two differ.
 *
 * The expectation is the reference executor's: it runs the program that the
 * translation gives for each pass on the frame that the programs were given. Of
 * meters it knows nothing: it takes their decisions from the record. So it does with
 * what connection tracking has found, as far as the record goes; behind that it asks.
 *
 * Pure: no model, no datapath.
 */
#ifndef SLOWPATH_FAST_PATH_H
#define SLOWPATH_FAST_PATH_H

#include "compose.h"
#include "execute_ref.h"
#include "field.h"
#include "xlate.h"
#include "xvs/dry_run.h"

/* What connection tracking says where the record does not. */
struct fast_path_ct {
	const struct ct_action_table *actions; /* NULL: programs with CT are malformed */
	/* Carries out the action of 'slot' for the frame, which it may translate, and the
	 * pass's key, whose ct_state, ct_zone, ct_mark and ct_label become what the next
	 * pass has: 0 or a drop reason. Nothing else changes. NULL: the packet is the
	 * first of its connection. */
	enum xvs_drop_reason (*find)(void *aux, __u32 slot, struct ref_packet *pkt,
				     struct xvs_flow_key *key);
	void *aux;
};

struct fast_path_expect {
	const struct xvs_dry_run *got;
	struct fast_path_ct ct;
	struct ref_packet pkt; /* as the last program has left it */
	struct xvs_dry_run want; /* of the lookups only number and keys */
	bool goes_on; /* the last program has begun another pass: */
	__u32 recirc_id;
	struct xvs_flow_key key; /* of the last pass, with the tracking of the next */
	__u8 room[EXECUTE_REF_HEADROOM + COMPOSE_MAX_LEN];
};

/* 'frame' is at most COMPOSE_MAX_LEN long; 'got' is borrowed. 'ct' NULL: there are no
 * programs with CT. */
void fast_path_expect_begin(struct fast_path_expect *e, const __u8 *frame, size_t len,
			    const struct xvs_dry_run *got, const struct fast_path_ct *ct);
/* One pass more, of a packet with this key: true, and it is looked up once more, with
 * the recirc_id, the frame and the tracking that are now in 'e'. */
bool fast_path_expect_pass(struct fast_path_expect *e, const struct xvs_flow_key *key,
			   const struct xlate_out *out);

enum fast_path_diff_kind {
	FAST_PATH_SAME,
	FAST_PATH_DIFF_KEY, /* pass 'i' was looked up with another key */
	FAST_PATH_DIFF_METER, /* meter 'i' is another one, or on one side only */
	FAST_PATH_DIFF_OUTPUT, /* output 'i' goes elsewhere, or is on one side only */
	FAST_PATH_DIFF_LEN, /* output 'i' has another length */
	FAST_PATH_DIFF_BYTE, /* output 'i' differs at byte 'at' first */
	FAST_PATH_DIFF_PASS, /* one looks the packet up again, the other does not */
	FAST_PATH_DIFF_END, /* sent or dropped, and why */
};

struct fast_path_diff {
	enum fast_path_diff_kind kind;
	__u32 i;
	__u32 at;
};

/* The first difference, to be asked behind as many passes as lookups have hit: where
 * the record ends in a miss, what came before it is compared. */
struct fast_path_diff fast_path_compare(const struct fast_path_expect *e);

/* Output 'i' as a difference counts them: without copies for the host's stack.
 * NULL: there is none, or it is beyond the record. */
const struct xvs_dry_run_output *fast_path_output(const struct xvs_dry_run *run, __u32 i);

/* The fields that packet 'a' has and in which it differs from 'b', one for each bit;
 * their number. */
size_t fast_path_fields(const struct xvs_flow_key *a, const struct xvs_flow_key *b,
			enum field_id ids[FIELD_N]);

#endif /* SLOWPATH_FAST_PATH_H */
