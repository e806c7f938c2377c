/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The reference executor of action programs, on a frame in a buffer.
 *
 * It replays the packets that came up to the daemon, and is the twin that the
 * BPF executor is tested against, byte for byte. It is written on its own, not
 * from the same headers: it finds the headers by itself and recomputes nothing
 * that an operation did not name.
 */
#ifndef FLOW_EXECUTE_REF_H
#define FLOW_EXECUTE_REF_H

#include "xvs/action.h"
#include "xvs/drop_reason.h"

/* Room in front of 'data' for pushed tags. */
#define EXECUTE_REF_HEADROOM 64

struct ref_packet {
	__u8 *data; /* the frame; tags in-band */
	size_t len;
	size_t headroom; /* bytes that may be used in front of data */
	/* The sender left the L4 checksum to the device: the field holds the sum of
	 * the pseudo header, so only writes to that one change it. */
	bool csum_partial;
};

/* What a program does beyond the frame, with the frame as it is then. */
struct ref_handlers {
	void (*output)(void *aux, __u16 port_no, const struct ref_packet *pkt);
	/* Takes the packet from a meter; false: exceeded. NULL: there are none. */
	bool (*meter)(void *aux, __u32 slot, const struct ref_packet *pkt);
	/* NULL: nobody wants a copy. */
	void (*controller)(void *aux, __u32 arg, const struct ref_packet *pkt);
	/* The last one: the next pass, of a frame that has changed. NULL: a program
	 * that has one is malformed. */
	void (*recirc)(void *aux, __u32 recirc_id, struct ref_packet *pkt);
	/* Finds the connection, changes it and the frame's addresses and ports as the
	 * action of 'slot' says: 0 or a drop reason. If the action has a next pass, the
	 * operation is the last one, and the pass the handler's, as with recirc. NULL: a
	 * program that has one is malformed. */
	enum xvs_drop_reason (*ct)(void *aux, __u32 slot, struct ref_packet *pkt);
	void *aux;
};

/* Runs the program. Returns 0 or the drop reason of the operation that ended
 * it (XVS_DROP_TTL_EXPIRED, _METER, _REWRITE_FAILED, _BAD_PROGRAM, CT's); outputs made
 * before stay made. 'pkt' is left as the last operation left it. */
enum xvs_drop_reason execute_ref(struct ref_packet *pkt, const struct xvs_op *ops, size_t n,
				 const struct ref_handlers *handlers);

#endif /* FLOW_EXECUTE_REF_H */
