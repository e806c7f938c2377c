// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The three kinds of rule sets, in numbers; see rulegen_profile.h.
 */
#include "rulegen_profile.h"

#define ICMP 1
#define TCP 6
#define UDP 17

/* clang-format off */
const struct port_range rulegen_exact[] = {
	{ 220, 80, 80 }, { 130, 443, 443 }, { 90, 53, 53 }, { 70, 25, 25 }, { 60, 22, 22 },
	{ 50, 21, 21 }, { 40, 23, 23 }, { 40, 161, 161 }, { 30, 110, 110 }, { 30, 123, 123 },
	{ 30, 1521, 1521 }, { 30, 3389, 3389 }, { 20, 135, 135 }, { 20, 139, 139 },
	{ 20, 445, 445 }, { 20, 389, 389 }, { 20, 514, 514 }, { 20, 1433, 1433 },
	{ 20, 5060, 5060 }, { 20, 8080, 8080 }, { 10, 69, 69 }, { 10, 88, 88 }, { 10, 111, 111 },
	{ 10, 137, 137 }, { 10, 143, 143 }, { 10, 179, 179 }, { 10, 500, 500 }, { 10, 636, 636 },
	{ 10, 993, 993 }, { 10, 995, 995 }, { 10, 1723, 1723 }, { 10, 2049, 2049 },
	{ 10, 3306, 3306 }, { 10, 4500, 4500 }, { 10, 5432, 5432 }, { 10, 6789, 6789 },
	{ 10, 7070, 7070 }, { 10, 8443, 8443 }, { 10, 9100, 9100 }, { 5, 10050, 10050 },
	{ 0 },
};

const struct port_range rulegen_ranges[] = {
	{ 20, 20, 21 }, { 10, 20, 23 }, { 15, 135, 139 }, { 10, 137, 138 }, { 8, 109, 110 },
	{ 8, 161, 162 }, { 6, 1300, 1349 }, { 8, 1645, 1646 }, { 6, 1812, 1813 },
	{ 6, 2000, 2002 }, { 6, 5000, 5001 }, { 6, 5060, 5069 }, { 8, 5632, 5635 },
	{ 10, 6000, 6063 }, { 6, 6970, 7170 }, { 6, 8000, 8099 }, { 6, 9000, 9003 },
	{ 6, 33434, 33523 }, { 6, 49152, 65535 }, { 5, 1024, 4999 },
	{ 0 },
};

/* Access lists: any source port, destination ports one by one. */
static const struct port_pair acl_ports[] = {
	{ 520, TCP, PORT_WC, PORT_EM }, { 130, TCP, PORT_WC, PORT_WC },
	{ 90, TCP, PORT_WC, PORT_AR }, { 20, TCP, PORT_WC, PORT_HI },
	{ 15, TCP, PORT_HI, PORT_EM }, { 25, TCP, PORT_EM, PORT_WC },
	{ 5, TCP, PORT_EM, PORT_HI }, { 5, TCP, PORT_WC, PORT_LO },
	{ 70, UDP, PORT_WC, PORT_EM }, { 10, UDP, PORT_WC, PORT_AR },
	{ 10, UDP, PORT_EM, PORT_WC }, { 20, UDP, PORT_WC, PORT_WC },
	{ 30, ICMP, PORT_WC, PORT_WC }, { 50, 0, PORT_WC, PORT_WC },
	{ 0 },
};

/* Specific destinations, sources from hosts to large networks. */
static const struct prefix_pair acl_prefixes[] = {
	{ 330, 32, 32, 32, 32 }, { 150, 24, 24, 32, 32 }, { 110, 25, 31, 32, 32 },
	{ 120, 16, 23, 32, 32 }, { 40, 8, 15, 32, 32 }, { 50, 0, 0, 32, 32 },
	{ 40, 32, 32, 24, 24 }, { 50, 24, 24, 24, 24 }, { 60, 23, 31, 25, 31 },
	{ 20, 0, 0, 24, 30 }, { 20, 16, 23, 16, 24 }, { 10, 8, 16, 16, 24 },
	{ 0 },
};

static const struct tree_level acl_src[] = {
	{ 4, 60, 30, 0 }, { 8, 50, 25, 0 }, { 16, 45, 25, 0 }, { 24, 60, 35, 0 }, { 32, 75, 42, 0 },
};

static const struct tree_level acl_dst[] = {
	{ 4, 30, 25, 60 }, { 8, 35, 25, 80 }, { 16, 45, 25, 85 }, { 24, 60, 35, 60 },
	{ 32, 75, 42, 10 },
};

/* Firewalls: one side open more often than not, ranges on both. */
static const struct port_pair fw_ports[] = {
	{ 250, TCP, PORT_WC, PORT_EM }, { 190, TCP, PORT_WC, PORT_WC },
	{ 60, TCP, PORT_EM, PORT_WC }, { 40, TCP, PORT_HI, PORT_EM },
	{ 35, TCP, PORT_EM, PORT_HI }, { 35, TCP, PORT_WC, PORT_AR },
	{ 20, TCP, PORT_AR, PORT_WC }, { 25, TCP, PORT_WC, PORT_HI },
	{ 20, TCP, PORT_HI, PORT_WC }, { 4, TCP, PORT_HI, PORT_HI },
	{ 5, TCP, PORT_HI, PORT_AR }, { 5, TCP, PORT_WC, PORT_LO },
	{ 3, TCP, PORT_LO, PORT_HI }, { 10, TCP, PORT_EM, PORT_EM },
	{ 3, TCP, PORT_AR, PORT_AR }, { 70, UDP, PORT_WC, PORT_EM },
	{ 30, UDP, PORT_EM, PORT_WC }, { 45, UDP, PORT_WC, PORT_WC },
	{ 10, UDP, PORT_EM, PORT_EM }, { 10, UDP, PORT_HI, PORT_EM },
	{ 3, UDP, PORT_HI, PORT_HI }, { 50, ICMP, PORT_WC, PORT_WC },
	{ 70, 0, PORT_WC, PORT_WC },
	{ 0 },
};

static const struct prefix_pair fw_prefixes[] = {
	{ 200, 0, 0, 32, 32 }, { 130, 0, 0, 24, 31 }, { 40, 0, 0, 8, 23 },
	{ 180, 32, 32, 0, 0 }, { 110, 24, 31, 0, 0 }, { 40, 8, 23, 0, 0 },
	{ 100, 32, 32, 32, 32 }, { 60, 24, 31, 32, 32 }, { 60, 32, 32, 24, 31 },
	{ 40, 24, 31, 24, 31 }, { 20, 16, 23, 16, 31 }, { 10, 8, 15, 24, 32 }, { 10, 0, 0, 0, 0 },
	{ 0 },
};

static const struct tree_level fw_src[] = {
	{ 4, 50, 30, 0 }, { 8, 50, 25, 0 }, { 16, 50, 30, 0 }, { 24, 60, 35, 0 }, { 32, 80, 45, 0 },
};

static const struct tree_level fw_dst[] = {
	{ 4, 50, 30, 40 }, { 8, 50, 25, 50 }, { 16, 50, 30, 60 }, { 24, 60, 35, 50 },
	{ 32, 80, 45, 10 },
};

/* IP chains: both at once, and the mirror images of rules. */
static const struct port_pair ipc_ports[] = {
	{ 240, TCP, PORT_WC, PORT_EM }, { 250, TCP, PORT_WC, PORT_WC },
	{ 90, TCP, PORT_EM, PORT_WC }, { 30, TCP, PORT_EM, PORT_EM },
	{ 25, TCP, PORT_AR, PORT_WC }, { 25, TCP, PORT_WC, PORT_AR },
	{ 20, TCP, PORT_HI, PORT_EM }, { 20, TCP, PORT_EM, PORT_HI },
	{ 10, TCP, PORT_WC, PORT_HI }, { 2, TCP, PORT_HI, PORT_HI },
	{ 5, TCP, PORT_AR, PORT_EM }, { 60, UDP, PORT_WC, PORT_WC },
	{ 70, UDP, PORT_WC, PORT_EM }, { 40, UDP, PORT_EM, PORT_WC },
	{ 20, UDP, PORT_EM, PORT_EM }, { 3, UDP, PORT_LO, PORT_EM },
	{ 40, ICMP, PORT_WC, PORT_WC }, { 50, 0, PORT_WC, PORT_WC },
	{ 0 },
};

static const struct prefix_pair ipc_prefixes[] = {
	{ 300, 32, 32, 32, 32 }, { 80, 24, 24, 24, 24 }, { 80, 24, 31, 32, 32 },
	{ 70, 16, 23, 32, 32 }, { 70, 32, 32, 24, 31 }, { 50, 32, 32, 16, 23 },
	{ 60, 0, 0, 32, 32 }, { 60, 32, 32, 0, 0 }, { 40, 0, 0, 16, 31 }, { 40, 16, 31, 0, 0 },
	{ 100, 20, 31, 20, 31 }, { 30, 12, 19, 12, 24 }, { 20, 8, 11, 16, 32 },
	{ 0 },
};

static const struct tree_level ipc_src[] = {
	{ 4, 40, 30, 0 }, { 8, 45, 25, 0 }, { 16, 50, 30, 0 }, { 24, 60, 35, 0 }, { 32, 75, 42, 0 },
};

static const struct tree_level ipc_dst[] = {
	{ 4, 40, 30, 70 }, { 8, 45, 25, 80 }, { 16, 50, 30, 80 }, { 24, 60, 35, 60 },
	{ 32, 75, 42, 20 },
};

const struct rulegen_profile rulegen_profiles[RULEGEN_N] = {
	[RULEGEN_ACL] = { "acl", acl_ports, acl_prefixes, acl_src, acl_dst },
	[RULEGEN_FW] = { "fw", fw_ports, fw_prefixes, fw_src, fw_dst },
	[RULEGEN_IPC] = { "ipc", ipc_ports, ipc_prefixes, ipc_src, ipc_dst },
};
/* clang-format on */
