/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counters of the datapath, one list for the struct, JSON and metrics.
 *
 * Lanes: element 'lane' of xvs_fixed.counters and element (lane * XVS_MAX_PORTS
 * + port_no) of xvs_fixed.port_stats. The CPUs' come first, then those of the
 * forwarding threads; the last lane is the daemon's (packets that it replays). A
 * reader adds the lanes up; a value may be a few packets old, and
 * is exact once traffic has stopped [I7].
 *
 * A packet is counted by the hook that disposes of it: a frame that XDP or a
 * forwarding thread hands up to the TC stage is counted there, once (GRO may have merged several
 * frames by then; the merged one counts as one packet, as everywhere in the
 * kernel's stack).
 */
#ifndef XVS_STATS_H
#define XVS_STATS_H

#include "xvs/types.h"

/* X(symbol, explanation) */
#define XVS_COUNTERS(X)                                                                        \
	X(microflow_hits, "lookups that a microflow hint answered")                            \
	X(microflow_misses, "lookups that no microflow hint answered")                         \
	X(megaflow_hits, "lookups that the megaflow tables answered")                          \
	X(megaflow_misses, "lookups that found no megaflow")                                   \
	X(subtables_probed, "subtables probed by megaflow lookups")                            \
	X(upcalls_received, "packets handed to the daemon")                                    \
	X(upcalls_refused, "misses refused by admission, a full ring or size")                 \
	X(upcalls_handled, "packets that the daemon has disposed of")                          \
	X(follow_upcalls, "hits that followed earlier packets of their flow through the ring") \
	X(overtakes, "hits that overtook packets of their flow in the ring")                   \
	X(handed_to_tc, "frames that XDP or a forwarding thread passed to the TC stage")       \
	X(clones, "copies made for several outputs")                                           \
	X(failed_open, "misses of a host port that passed, as no daemon would answer")

struct xvs_counters {
#define XVS_COUNTER_FIELD(sym, text) __u64 sym;
	XVS_COUNTERS(XVS_COUNTER_FIELD)
#undef XVS_COUNTER_FIELD
} XVS_ALIGN(64);

/*
 * Per port. For the packets that came in by a port, once traffic has stopped
 * [I7]: rx_packets = forwarded + consumed + dropped (its drops in the ledger
 * but for egress-failed) + upcalls still in flight. The ledger's egress-failed
 * belongs to the output port; tx_packets are what was handed to the device,
 * those included.
 */
#define XVS_PORT_COUNTERS(X)                                                  \
	X(rx_packets, "packets received")                                     \
	X(rx_bytes, "bytes received")                                         \
	X(tx_packets, "copies handed to the device")                          \
	X(tx_bytes, "bytes handed to the device")                             \
	X(forwarded, "packets received that had at least one output")         \
	X(consumed, "packets received for the host itself or a local reader") \
	X(upcalls, "packets received that went to the daemon")                \
	X(upcalls_done, "of those, disposed of by the daemon")

struct xvs_port_stats {
#define XVS_PORT_COUNTER_FIELD(sym, text) __u64 sym;
	XVS_PORT_COUNTERS(XVS_PORT_COUNTER_FIELD)
#undef XVS_PORT_COUNTER_FIELD
};
XVS_STATIC_ASSERT(sizeof(struct xvs_port_stats) == 64, "one cache line");

#endif /* XVS_STATS_H */
