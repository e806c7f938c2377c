// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Switches: ports by name and number, and what goes with a port.
 */
#include <errno.h>

#include "sw.h"
#include "test.h"

TEST(sw, ports_are_found_by_name_and_number)
{
	struct sw *sw = sw_create("sw0", 1);
	static const __u16 numbers[] = {5, 1, 1023, 7, 2};
	struct sw_port *p;
	char name[8];

	assert_non_null(sw);
	for (size_t i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "p%u", numbers[i]);
		assert_int_equal(sw_add_port(sw, name, numbers[i], &p), 0);
		assert_int_equal(p->port_no, numbers[i]);
	}
	for (size_t i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "p%u", numbers[i]);
		p = sw_port_by_no(sw, numbers[i]);
		assert_non_null(p);
		assert_string_equal(p->name, name);
		assert_ptr_equal(sw_port_by_name(sw, name), p);
	}
	for (size_t i = 1; i < sw->n_ports; i++)
		assert_true(sw->ports[i - 1]->port_no < sw->ports[i]->port_no);
	assert_null(sw_port_by_no(sw, 3));
	assert_null(sw_port_by_name(sw, "p3"));
	sw_destroy(sw);
}

TEST(sw, refuses_bad_and_duplicate_ports)
{
	struct sw *sw = sw_create("sw0", 1);
	struct sw_port *p;

	assert_int_equal(sw_add_port(sw, "vm0", 1, &p), 0);
	assert_int_equal(sw_add_port(sw, "vm0", 2, &p), -EEXIST);
	assert_int_equal(sw_add_port(sw, "vm1", 1, &p), -EEXIST);
	assert_int_equal(sw_add_port(sw, "vm1", 0, &p), -EINVAL);
	assert_int_equal(sw_add_port(sw, "vm1", XVS_MAX_PORTS, &p), -EINVAL);
	assert_int_equal(sw_add_port(sw, "", 2, &p), -EINVAL);
	assert_int_equal(sw_add_port(sw, "a-name-of-thirty-two-characters-", 2, &p), -EINVAL);
	assert_int_equal(sw->n_ports, 1);
	sw_destroy(sw);
}

TEST(sw, a_removed_port_takes_its_fdb_entries_along)
{
	struct sw *sw = sw_create("sw0", 1);
	const __u8 mac_a[6] = {2, 0, 0, 0, 0, 1}, mac_b[6] = {2, 0, 0, 0, 0, 2};
	struct sw_port *p;

	assert_int_equal(sw_add_port(sw, "vm0", 1, &p), 0);
	assert_int_equal(sw_add_port(sw, "vm1", 2, &p), 0);
	fdb_learn(sw->fdb, mac_a, 0, 1, 1);
	fdb_learn(sw->fdb, mac_b, 0, 2, 1);
	fdb_add_static(sw->fdb, mac_b, 5, 2, 1);
	sw_del_port(sw, p);
	assert_int_equal(sw->n_ports, 1);
	assert_null(sw_port_by_no(sw, 2));
	assert_int_equal(fdb_count(sw->fdb), 1);
	assert_non_null(fdb_lookup(sw->fdb, mac_a, 0));
	sw_destroy(sw);
}

TEST(sw, ports_carry_their_vlans)
{
	struct sw_port trunk = {.vlan_mode = VLAN_TRUNK}, access;

	memset(&access, 0, sizeof(access));
	access.vlan_mode = VLAN_ACCESS;
	access.tag = 10;
	assert_true(sw_port_carries(&access, 10));
	assert_false(sw_port_carries(&access, 0));
	assert_true(sw_port_carries(&trunk, 0));
	assert_true(sw_port_carries(&trunk, 4095));
	trunk.trunks[4095 / 64] = 1ULL << 4095 % 64;
	assert_true(sw_port_carries(&trunk, 4095));
	assert_false(sw_port_carries(&trunk, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(sw, ports_are_found_by_name_and_number),
		TEST_ROW(sw, refuses_bad_and_duplicate_ports),
		TEST_ROW(sw, a_removed_port_takes_its_fdb_entries_along),
		TEST_ROW(sw, ports_carry_their_vlans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
