// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The scenarios, as data.
 */
#include "scenario.h"

const struct scenario_port scenario_ports[SCENARIO_PORTS] = {
	{.name = "p1", .no = 1},
	{.name = "p2", .no = 2},
	{.name = "p3", .no = 3},
	{.name = "p4", .no = 4},
	{.name = "p5", .no = PORT_MIRROR},
	{.name = "p6", .no = PORT_MEMBER_FIRST},
	{.name = "p7", .no = PORT_MEMBER_LAST},
	{.name = "p8", .no = PORT_DOWN, .down = true},
	{.name = "br0", .no = PORT_BR0_LOCAL, .local = true},
	{.name = "patch0", .no = PORT_BR0_PATCH, .patch = true},
	{.name = "q11", .no = 11, .bridge = 1},
	{.name = "q12", .no = 12, .bridge = 1},
	{.name = "q13", .no = 13, .bridge = 1},
	{.name = "br1", .no = PORT_BR1_LOCAL, .bridge = 1, .local = true},
	{.name = "patch1", .no = PORT_BR1_PATCH, .bridge = 1, .patch = true},
};

#define P(no) (1ULL << (no))
#define ANY_VLAN   \
	{          \
		-1 \
	}

const struct scenario scenarios[SCENARIOS] = {
	{.name = "plain"},
	{
		.name = "access and trunk ports",
		.tag = {[3] = 7, [4] = 7, [12] = 7},
		.trunks = {[2] = {7, 100}, [PORT_BR0_PATCH] = {7, 0}},
	},
	{
		.name = "mirrors of ports",
		.mirror = {{.name = "m0",
			    .src = P(1) | P(2),
			    .dst = P(3),
			    .vlan = ANY_VLAN,
			    .output_port = PORT_MIRROR,
			    .output_vlan = -1}},
	},
	{
		.name = "mirror of all",
		.mirror = {{.name = "m0",
			    .all = true,
			    .vlan = ANY_VLAN,
			    .output_port = PORT_MIRROR,
			    .output_vlan = -1}},
	},
	{
		.name = "mirrors on both switches, by VLAN",
		.tag = {[3] = 7},
		.mirror = {{.name = "m0",
			    .all = true,
			    .vlan = {0, 7, -1},
			    .output_port = PORT_MIRROR,
			    .output_vlan = -1},
			   {.name = "m1",
			    .bridge = 1,
			    .dst = P(11) | P(12),
			    .vlan = ANY_VLAN,
			    .output_port = 13,
			    .output_vlan = -1}},
	},
	{
		.name = "mirror into a VLAN",
		.tag = {[3] = 99, [4] = 7},
		.mirror = {{.name = "m0",
			    .src = P(1) | P(4),
			    .dst = P(4),
			    .vlan = ANY_VLAN,
			    .output_vlan = 99}},
	},
};
