/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names that outlive a process: the ABI version, maps, programs and pins.
 *
 * XVS_ABI_VERSION is raised when the layout or meaning of anything in
 * include/xvs that lies in a map changes. A daemon only adopts maps of its own
 * ABI version; it removes others.
 */
#ifndef XVS_ABI_H
#define XVS_ABI_H

#define XVS_ABI_VERSION 6
#define XVS_VERSION "0.1.0"

/* Below $XVS_BPFFS. Maps, programs' links: xvs/<map>, xvs/link-xdp-<port_no>,
 * xvs/link-tc-<port_no>, xvs/link-egress-<port_no>, and of an xsk port xvs/link-xsk-<port_no> and its map of
 * sockets, xvs/xsk-<port_no>. */
#define XVS_PIN_DIR "xvs"

/* X(map): every map that is declared as one; 15 characters at most (the kernel
 * cuts). */
#define XVS_DECLARED_MAPS(X) \
	X(xvs_subtables)     \
	X(xvs_probe)         \
	X(xvs_buckets)       \
	X(xvs_flows)         \
	X(xvs_flow_stats)    \
	X(xvs_microflow)     \
	X(xvs_actions)       \
	X(xvs_drops)         \
	X(xvs_admission)     \
	X(xvs_inflight)      \
	X(xvs_ct_buckets)    \
	X(xvs_ct_entries)    \
	X(xvs_ct_zones)      \
	X(xvs_ct_actions)    \
	X(xvs_ct_frags)      \
	X(xvs_scratch)       \
	X(xvs_devmap)        \
	X(xvs_xsks)          \
	X(xvs_upcalls)       \
	X(xvs_xdp_tails)     \
	X(xvs_tc_tails)

/* All that are pinned: with the one of the global variable (xvs/fixed.h). */
#define XVS_MAPS(X)          \
	XVS_DECLARED_MAPS(X) \
	X(xvs_fixed)

#endif /* XVS_ABI_H */
