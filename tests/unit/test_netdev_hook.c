// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which hook a device gets and which XVS_PORT_F_* hold, from facts alone
 * (loader/port/netdev_hook.c).
 */
#include "test.h"

#include <errno.h>

#include "netdev_hook.h"

#define ALL_XDP (NETLINK_XDP_BASIC | NETLINK_XDP_REDIRECT)
#define ALL_XMIT (NETLINK_XDP_NDO_XMIT | NETLINK_XDP_NDO_XMIT_SG)

enum device { NIC, OLD_NIC, PLAIN_NIC, VETH, OLD_VETH, GUEST_VETH, TAP, OLD_TAP, MACVLAN };

/* Up, with carrier, as the kernel presents such a device by default. */
static struct netdev_facts device(enum device d)
{
	struct netdev_facts f = {
		.link = {.flags = IFF_UP, .carrier = true, .link_nsid = NETLINK_NO_NSID},
		.xdp_known = true,
	};

	switch (d) {
	case NIC:
		f.xdp_features = ALL_XDP;
		f.gro = f.rx_vlan = f.tx_segments = true;
		break;
	case OLD_NIC: /* before 6.3 */
		f.xdp_known = false;
		f.gro = f.tx_segments = true;
		break;
	case PLAIN_NIC:
		f.tx_segments = true;
		break;
	case GUEST_VETH:
		f.link.link_nsid = 3;
		f.egress_free = f.peer_known = true;
		/* fall through */
	case VETH:
		f.xdp_features = ALL_XDP;
		f.rx_vlan = true;
		strcpy(f.link.kind, "veth");
		break;
	case OLD_VETH:
		f.xdp_known = false;
		strcpy(f.link.kind, "veth");
		break;
	case OLD_TAP:
		f.xdp_known = false;
		strcpy(f.link.kind, "tun");
		break;
	case TAP:
		f.xdp_features = ALL_XDP | NETLINK_XDP_NDO_XMIT;
		strcpy(f.link.kind, "tun");
		break;
	case MACVLAN:
		strcpy(f.link.kind, "macvlan");
		break;
	}
	return f;
}

TEST(netdev_hook, choice)
{
	static const struct {
		const char *name;
		enum device device;
		int wanted;
		bool vlan_fixed;
		int rc;
		enum xvs_hook hook;
		const char *reason;
	} rows[] = {
		{"nic/auto", NIC, PORT_HOOK_AUTO, false, 0, XVS_HOOK_XDP, ""},
		{"nic/tc", NIC, XVS_HOOK_TC, false, 0, XVS_HOOK_TC, ""},
		{"nic/xdp", NIC, XVS_HOOK_XDP, false, 0, XVS_HOOK_XDP, ""},
		{"nic/auto/rxvlan fixed", NIC, PORT_HOOK_AUTO, true, 0, XVS_HOOK_TC,
		 "the device's rx-vlan-offload cannot be turned off"},
		{"nic/xdp/rxvlan fixed", NIC, XVS_HOOK_XDP, true, -EOPNOTSUPP, XVS_HOOK_TC,
		 "the device's rx-vlan-offload cannot be turned off"},
		{"old nic/auto: tried", OLD_NIC, PORT_HOOK_AUTO, false, 0, XVS_HOOK_XDP, ""},
		{"plain nic/auto", PLAIN_NIC, PORT_HOOK_AUTO, false, 0, XVS_HOOK_TC,
		 "the driver has no native XDP"},
		{"plain nic/xdp", PLAIN_NIC, XVS_HOOK_XDP, false, -EOPNOTSUPP, XVS_HOOK_TC,
		 "the driver has no native XDP"},
		{"plain nic/tc", PLAIN_NIC, XVS_HOOK_TC, false, 0, XVS_HOOK_TC, ""},
		{"veth/auto", VETH, PORT_HOOK_AUTO, false, 0, XVS_HOOK_TC, ""},
		{"veth/xdp", VETH, XVS_HOOK_XDP, true, 0, XVS_HOOK_XDP, ""},
		{"tap/auto", TAP, PORT_HOOK_AUTO, false, 0, XVS_HOOK_TC, ""},
		{"tap/xdp", TAP, XVS_HOOK_XDP, false, 0, XVS_HOOK_XDP, ""},
		{"macvlan/auto", MACVLAN, PORT_HOOK_AUTO, false, 0, XVS_HOOK_TC, ""},
		{"macvlan/xdp", MACVLAN, XVS_HOOK_XDP, false, -EOPNOTSUPP, XVS_HOOK_TC,
		 "the driver has no native XDP"},
	};
	char reason[100];
	enum xvs_hook hook;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct netdev_facts f = device(rows[i].device);
		int rc;

		f.rx_vlan_fixed = rows[i].vlan_fixed;
		rc = netdev_choose_hook(&f, rows[i].wanted, &hook, reason, sizeof(reason));
		ROW_CHECK(rows[i].name, rc == rows[i].rc, "%d", rc);
		ROW_CHECK(rows[i].name, hook == rows[i].hook, "%d", hook);
		ROW_CHECK(rows[i].name, !strcmp(reason, rows[i].reason), "%s", reason);
	}
}

#define UP (XVS_PORT_F_USED | XVS_PORT_F_UP)

TEST(netdev_hook, flags)
{
	static const struct {
		const char *name;
		enum device device;
		enum xvs_hook hook;
		__u64 more_xdp;
		__u16 flags;
	} rows[] = {
		{"nic/xdp", NIC, XVS_HOOK_XDP, 0, UP | XVS_PORT_F_GSO | XVS_PORT_F_GRO},
		{"nic/tc", NIC, XVS_HOOK_TC, 0, UP | XVS_PORT_F_GSO},
		{"nic/xdp/xmit", NIC, XVS_HOOK_XDP, NETLINK_XDP_NDO_XMIT,
		 UP | XVS_PORT_F_GSO | XVS_PORT_F_GRO | XVS_PORT_F_XDP_TX},
		{"old nic/xdp", OLD_NIC, XVS_HOOK_XDP, 0,
		 UP | XVS_PORT_F_GSO | XVS_PORT_F_GRO | XVS_PORT_F_XDP_TX},
		{"old nic/tc", OLD_NIC, XVS_HOOK_TC, 0, UP | XVS_PORT_F_GSO},
		{"veth/tc", VETH, XVS_HOOK_TC, 0, UP | XVS_PORT_F_GSO},
		{"veth/xdp", VETH, XVS_HOOK_XDP, 0, UP | XVS_PORT_F_GSO | XVS_PORT_F_CSUM_CHECK},
		{"veth/tc/peer with NAPI", VETH, XVS_HOOK_TC, ALL_XMIT,
		 UP | XVS_PORT_F_GSO | XVS_PORT_F_XDP_TX | XVS_PORT_F_XDP_TX_SG},
		{"veth/SG without XMIT means nothing", VETH, XVS_HOOK_TC, NETLINK_XDP_NDO_XMIT_SG,
		 UP | XVS_PORT_F_GSO},
		{"old veth/tc", OLD_VETH, XVS_HOOK_TC, 0, UP | XVS_PORT_F_GSO},
		{"guest veth/tc", GUEST_VETH, XVS_HOOK_TC, 0,
		 UP | XVS_PORT_F_GSO | XVS_PORT_F_PEER},
		{"guest veth/tc/peer with NAPI", GUEST_VETH, XVS_HOOK_TC, NETLINK_XDP_NDO_XMIT,
		 UP | XVS_PORT_F_GSO | XVS_PORT_F_XDP_TX},
		{"tap/tc", TAP, XVS_HOOK_TC, 0, UP | XVS_PORT_F_GSO | XVS_PORT_F_XDP_TX},
		{"old tap/xdp", OLD_TAP, XVS_HOOK_XDP, 0,
		 UP | XVS_PORT_F_GSO | XVS_PORT_F_XDP_TX | XVS_PORT_F_CSUM_CHECK},
		{"macvlan/tc", MACVLAN, XVS_HOOK_TC, 0, UP},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct netdev_facts f = device(rows[i].device);
		__u16 flags;

		f.xdp_features |= rows[i].more_xdp;
		flags = netdev_flags(&f, rows[i].hook, false);
		ROW_CHECK(rows[i].name, flags == rows[i].flags, "%#x, not %#x", flags,
			  rows[i].flags);
	}
}

TEST(netdev_hook, single_facts)
{
	struct netdev_facts f = device(GUEST_VETH);

	assert_true(netdev_flags(&f, XVS_HOOK_TC, true) & XVS_PORT_F_BLOCKED);
	f.host_address = true;
	assert_true(netdev_flags(&f, XVS_HOOK_TC, false) & XVS_PORT_F_HOST);
	f.egress_free = false;
	assert_false(netdev_flags(&f, XVS_HOOK_TC, false) & XVS_PORT_F_PEER);
	f = device(VETH);
	f.egress_free = true; /* its peer is in this name space */
	assert_false(netdev_flags(&f, XVS_HOOK_TC, false) & XVS_PORT_F_PEER);
}

TEST(netdev_hook, nothing_goes_out_of_a_device_that_is_not_up)
{
	static const enum device devices[] = {NIC, VETH, OLD_NIC, GUEST_VETH, TAP, OLD_TAP};
	const __u16 out = XVS_PORT_F_UP | XVS_PORT_F_XDP_TX | XVS_PORT_F_XDP_TX_SG |
			  XVS_PORT_F_PEER;

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		struct netdev_facts f = device(devices[i]);

		f.xdp_features |= f.xdp_known ? ALL_XMIT : 0;
		assert_true(netdev_flags(&f, XVS_HOOK_XDP, false) & XVS_PORT_F_UP);
		f.link.carrier = false;
		assert_int_equal(netdev_flags(&f, XVS_HOOK_XDP, false) & out, 0);
		f.link.carrier = true;
		f.link.flags = 0;
		assert_int_equal(netdev_flags(&f, XVS_HOOK_XDP, false) & out, 0);
	}
}

TEST(netdev_hook, somebody_elses_program_leaves_tc)
{
	struct netdev_facts f = device(NIC);
	enum xvs_hook hook;
	char reason[100];

	f.xdp_taken = true;
	assert_int_equal(netdev_choose_hook(&f, PORT_HOOK_AUTO, &hook, reason, sizeof(reason)), 0);
	assert_int_equal(hook, XVS_HOOK_TC);
	assert_string_equal(reason, "another XDP program is attached");
	assert_int_equal(netdev_choose_hook(&f, XVS_HOOK_TC, &hook, reason, sizeof(reason)), 0);
	assert_string_equal(reason, "");
	assert_int_equal(netdev_choose_hook(&f, XVS_HOOK_XDP, &hook, reason, sizeof(reason)),
			 -EOPNOTSUPP);
}

TEST(netdev_hook, state)
{
	struct netdev_facts f = device(NIC);

	assert_int_equal(netdev_state(&f, false), PORT_UP);
	assert_int_equal(netdev_state(&f, true), PORT_BLOCKED);
	f.link.carrier = false;
	assert_int_equal(netdev_state(&f, false), PORT_NO_CARRIER);
	f.link.flags = 0;
	assert_int_equal(netdev_state(&f, false), PORT_DOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(netdev_hook, choice),
		TEST_ROW(netdev_hook, flags),
		TEST_ROW(netdev_hook, single_facts),
		TEST_ROW(netdev_hook, nothing_goes_out_of_a_device_that_is_not_up),
		TEST_ROW(netdev_hook, somebody_elses_program_leaves_tc),
		TEST_ROW(netdev_hook, state),
	};

	return cmocka_run_group_tests_name("netdev_hook", tests, NULL, NULL);
}
