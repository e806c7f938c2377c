/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What both switches are set up with beside tables: VLANs of ports, and mirrors.
 * A few of them, each for many pipelines: Open vSwitch takes its time to change.
 */
#ifndef OVS_SCENARIO_H
#define OVS_SCENARIO_H

#include "pipeline.h"

#define SCENARIO_MIRRORS 3

struct scenario_mirror {
	const char *name; /* NULL: none */
	unsigned int bridge;
	__u64 src, dst; /* a bit per port */
	bool all;
	__s16 vlan[3]; /* those that are selected, up to the first -1 */
	__u16 output_port; /* 0: output_vlan */
	__s16 output_vlan;
};

struct scenario {
	const char *name;
	__u16 tag[PORT_NUMBERS]; /* access ports; 0: a trunk */
	__s16 trunks[PORT_NUMBERS][3]; /* 0 behind the last; none: all */
	struct scenario_mirror mirror[SCENARIO_MIRRORS];
};

#define SCENARIOS 6
extern const struct scenario scenarios[SCENARIOS];

/* A port that is there; its name is what both switches call it. */
struct scenario_port {
	const char *name;
	__u16 no;
	__u8 bridge;
	bool local, patch, down;
};
#define SCENARIO_PORTS 15
extern const struct scenario_port scenario_ports[SCENARIO_PORTS];

#endif /* OVS_SCENARIO_H */
