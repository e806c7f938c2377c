/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Monitors: clients that are shown the packets of action `controller`.
 *
 * Problem. Packets come on the datapath thread, which must not wait for
 * anybody; who wants to see them reads as fast or slowly as he likes, or is
 * gone without having said so.
 *
 * Idea. Each monitor has a ring of packets of its own, between the datapath
 * thread, which only appends, and one reader's thread, which only takes. What
 * does not fit is counted. A descriptor tells the reader that there is
 * something; neither side ever waits for the other.
 *
 * [MON1] Opening and closing are for the datapath thread; taking is for one other
 *        thread, between those two.
 * [MON2] The ring holds at most MODEL_MONITOR_PACKETS packets and
 *        MODEL_MONITOR_BYTES bytes of them.
 */
#ifndef SLOWPATH_MODEL_MONITOR_H
#define SLOWPATH_MODEL_MONITOR_H

#include "flow.h"
#include "xvs/limits.h"

/* A second of packets at the rate of a person's terminal, and what a reader
 * that is asleep for longer costs. */
#define MODEL_MONITOR_PACKETS 1024
#define MODEL_MONITOR_BYTES (1 << 20)

struct model;
struct model_monitor;

enum model_packet_in_reason {
	MODEL_PACKET_IN_ACTION, /* a rule's or bucket's action asked for it */
	MODEL_PACKET_IN_NO_MATCH,
	MODEL_PACKET_IN_INVALID_TTL,
};

/* A packet for whoever monitors the switch; all is borrowed. */
struct model_packet_in {
	const char *sw_name;
	__u64 cookie;
	const struct xvs_flow_key *key; /* of the packet as it is shown */
	const __u8 *frame;
	__u32 len; /* of the frame */
	__u16 in_port;
	__u16 max_len; /* bytes of the frame that are shown; 0xffff: all */
	__u8 table_id;
	enum model_packet_in_reason reason;
};
/* Costs next to nothing while nobody monitors the switch. */
void model_monitor_packet(struct model *m, const struct model_packet_in *in);

/* A packet as a reader gets it; to be freed by free(). */
struct model_monitored {
	__u64 time_us; /* since 1970 */
	__u64 cookie;
	__u64 lost; /* packets that did not fit, between the one before and this */
	struct xvs_flow_key key;
	char port_name[XVS_NAME_LEN]; /* of in_port, as it was then; "" if it is gone */
	enum model_packet_in_reason reason;
	__u32 len; /* of the frame */
	__u32 n_bytes; /* of it that are here */
	__u16 in_port;
	__u8 table_id;
	__u8 bytes[];
};

/* 0 or -errno; a switch that goes and comes again is monitored again. */
int model_monitor_open(struct model *m, const char *sw_name, struct model_monitor **out);
void model_monitor_close(struct model *m, struct model_monitor *mon); /* NULL is a no-op */

/* --- the reader's thread --- */

/* Readable when there may be something to take. */
int model_monitor_fd(const struct model_monitor *mon);
/* The next packet; NULL: none, and the descriptor is not readable until there is
 * one. */
struct model_monitored *model_monitor_take(struct model_monitor *mon);
/* Packets that did not fit since the last one that was taken: a reader that has
 * taken all asks, so that losses at the end are told as well. */
__u64 model_monitor_lost(struct model_monitor *mon);

#endif /* SLOWPATH_MODEL_MONITOR_H */
