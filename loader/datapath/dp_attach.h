/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs on devices: attach, detach, and what each port holds of it.
 */
#ifndef DATAPATH_DP_ATTACH_H
#define DATAPATH_DP_ATTACH_H

#include "datapath.h"
#include "dp_pin.h"

/* One port's hooks. */
struct dp_hook {
	int ifindex; /* 0: nothing is attached */
	int xdp_link_fd, tc_link_fd; /* -1: none */
	bool egress; /* TC is at the device's egress, for a host port */
	bool tc_filter; /* a clsact filter, where there is no tcx */
	bool own_qdisc; /* its qdisc is ours */
};

/* What all ports share. */
struct dp_hooks {
	struct dp_pins pins;
	int xdp_prog_fd, tc_prog_fd, egress_prog_fd;
	bool tcx;
	struct dp_hook port[XVS_MAX_PORTS];
};

void dp_hooks_init(struct dp_hooks *hooks);
/* See dp_attach() and dp_detach(). */
int dp_hooks_attach(struct dp_hooks *hooks, __u16 port_no, int ifindex, enum xvs_hook hook,
		    struct err *err);
void dp_hooks_detach(struct dp_hooks *hooks, __u16 port_no);

#endif /* DATAPATH_DP_ATTACH_H */
