// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Mirrors and meters of a switch: the lists, and what a port leaves behind.
 */
#include "test.h"

#include <errno.h>

#include "sw.h"

static struct mirror *add_mirror(struct sw *sw, const char *name)
{
	struct mirror *m = mirror_create(name);

	assert_non_null(m);
	assert_int_equal(mirror_insert(sw, m), 0);
	return m;
}

TEST(mirror, names_are_unique_and_short)
{
	struct sw *sw = sw_create("sw0", 1);
	struct mirror *m;

	assert_null(mirror_create(""));
	assert_null(mirror_create("a-name-of-thirty-two-characters--"));
	m = add_mirror(sw, "m1");
	assert_int_equal(m->output_vlan, -1);
	assert_ptr_equal(mirror_find(sw, "m1"), m);
	assert_null(mirror_find(sw, "m"));
	m = mirror_create("m1");
	assert_int_equal(mirror_insert(sw, m), -EEXIST);
	mirror_put(mirror_replace(sw, m));
	assert_ptr_equal(mirror_find(sw, "m1"), m);
	assert_null(mirror_remove(sw, "m2"));
	mirror_put(mirror_remove(sw, "m1"));
	assert_int_equal(sw->n_mirrors, 0);
	sw_destroy(sw);
}

TEST(mirror, there_are_at_most_32)
{
	struct sw *sw = sw_create("sw0", 1);
	struct mirror *m = mirror_create("one-more");
	char name[8];

	for (int i = 0; i < MIRRORS_MAX; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		add_mirror(sw, name);
	}
	assert_int_equal(mirror_insert(sw, m), -ENOSPC);
	mirror_put(mirror_remove(sw, "m5"));
	assert_string_equal(sw->mirrors[5]->name, "m6");
	assert_int_equal(mirror_insert(sw, m), 0);
	sw_destroy(sw);
}

TEST(mirror, selects_by_port_and_vlan)
{
	struct sw *sw = sw_create("sw0", 1);
	struct mirror *m = add_mirror(sw, "m1");

	assert_false(mirror_selects_src(m, 5));
	mirror_set_bit(m->src_ports, 5);
	mirror_set_bit(m->dst_ports, 1023);
	assert_true(mirror_selects_src(m, 5));
	assert_false(mirror_selects_dst(m, 5));
	assert_true(mirror_selects_dst(m, 1023));
	m->select_all = true;
	assert_true(mirror_selects_src(m, 7) && mirror_selects_dst(m, 7));
	assert_true(mirror_selects_vlan(m, 0) && mirror_selects_vlan(m, 4095));
	m->has_vlans = true;
	mirror_set_bit(m->vlans, 4094);
	assert_false(mirror_selects_vlan(m, 0));
	assert_true(mirror_selects_vlan(m, 4094));
	sw_destroy(sw);
}

TEST(mirror, a_port_that_goes_is_in_no_mirror)
{
	struct sw *sw = sw_create("sw0", 1);
	struct mirror *a = add_mirror(sw, "a"), *b = add_mirror(sw, "b");
	struct sw_port *port;

	assert_int_equal(sw_add_port(sw, "vm0", 64, &port), 0);
	mirror_set_bit(a->src_ports, 64);
	mirror_set_bit(a->dst_ports, 64);
	mirror_set_bit(a->src_ports, 65);
	b->output_port = 64;
	assert_true(mirror_owns_port(sw, 64));
	assert_false(mirror_owns_port(sw, 0)); /* mirror a has no output */
	sw_del_port(sw, port);
	assert_false(mirror_selects_src(a, 64) || mirror_selects_dst(a, 64));
	assert_true(mirror_selects_src(a, 65));
	assert_int_equal(b->output_port, 0);
	assert_false(mirror_owns_port(sw, 64));
	sw_destroy(sw);
}

static struct meter *add_meter(struct meter_table *t, __u32 id)
{
	struct meter *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->id = id;
	assert_int_equal(meter_insert(t, m), 0);
	return m;
}

TEST(mirror, meters_are_in_order_of_numbers)
{
	struct sw *sw = sw_create("sw0", 1);
	struct meter_table *t = sw->meters;
	struct meter more = {.id = 9999}, twice = {.id = 5};

	for (__u32 i = 0; i < XVS_MAX_METERS; i++)
		add_meter(t, 5 + i * 7 % XVS_MAX_METERS);
	for (size_t i = 1; i < t->ids.n; i++)
		assert_true(meter_at(t, i - 1)->id < meter_at(t, i)->id);
	assert_int_equal(meter_insert(t, &twice), -EEXIST);
	assert_int_equal(meter_insert(t, &more), -ENOSPC);
	assert_int_equal(meter_find(t, 700)->id, 700);
	assert_null(meter_find(t, 4));
	assert_null(meter_remove(t, 4));
	free(meter_remove(t, 700));
	assert_null(meter_find(t, 700));
	assert_int_equal(t->ids.n, XVS_MAX_METERS - 1);
	sw_destroy(sw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(mirror, names_are_unique_and_short),
		TEST_ROW(mirror, there_are_at_most_32),
		TEST_ROW(mirror, selects_by_port_and_vlan),
		TEST_ROW(mirror, a_port_that_goes_is_in_no_mirror),
		TEST_ROW(mirror, meters_are_in_order_of_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
