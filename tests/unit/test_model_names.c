// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/slowpath/model_names.c: a copy of a switch's port names says what the
 * switch said when it was made.
 */
#include "test.h"

#include <errno.h>

#include "model.h"

#define N_PORTS 300

/* Names and numbers in orders of their own. */
static struct sw *make_switch(void)
{
	struct sw *sw = sw_create("sw0", 1);
	uint64_t seed = test_seed(7);
	struct sw_port *sp;
	char name[XVS_NAME_LEN];

	assert_non_null(sw);
	for (int i = 0; i < N_PORTS; i++) {
		snprintf(name, sizeof(name), "p%08x", (unsigned int)test_random(&seed));
		assert_int_equal(sw_add_port(sw, name, (__u16)(1 + i * 769 % 1021), &sp), 0);
	}
	return sw;
}

TEST(model_names, copy_agrees_with_the_switch)
{
	struct sw *sw = make_switch();
	struct model_names *copy = model_names_create(sw);
	struct port_names names;

	assert_non_null(copy);
	model_names_use(copy, &names);
	for (unsigned int no = 0; no < 65536; no++) {
		const struct sw_port *sp = sw_port_by_no(sw, (__u16)no);
		const char *name = names.name(names.aux, (__u16)no);
		__u16 back = 0;

		assert_int_equal(!sp, !name);
		if (!sp)
			continue;
		assert_string_equal(name, sp->name);
		assert_int_equal(names.number(names.aux, name, &back), 0);
		assert_int_equal(back, no);
	}
	model_names_destroy(copy);
	sw_destroy(sw);
}

TEST(model_names, copy_outlives_the_ports)
{
	struct sw *sw = make_switch();
	struct model_names *copy = model_names_create(sw);
	struct port_names names;
	char name[XVS_NAME_LEN];
	__u16 no = 0, want = sw->ports[5]->port_no;

	strcpy(name, sw->ports[5]->name);
	sw_del_port(sw, sw->ports[5]);
	model_names_use(copy, &names);
	assert_int_equal(names.number(names.aux, name, &no), 0);
	assert_int_equal(no, want);
	sw_destroy(sw);
	assert_string_equal(names.name(names.aux, want), name);
	model_names_destroy(copy);
}

TEST(model_names, copy_knows_whether_it_is_still_right)
{
	struct sw *sw = make_switch();
	struct model_names *copy = model_names_create(sw);
	struct sw_port *port;
	__u16 no = sw->ports[5]->port_no;

	assert_true(model_names_are_of(copy, sw));
	sw_del_port(sw, sw->ports[5]);
	assert_false(model_names_are_of(copy, sw));
	/* The number goes to another. */
	assert_int_equal(sw_add_port(sw, "another", no, &port), 0);
	assert_false(model_names_are_of(copy, sw));
	model_names_destroy(copy);
	sw_destroy(sw);
}

TEST(model_names, unknown_names_and_no_ports)
{
	struct sw *sw = sw_create("sw0", 1);
	struct model_names *copy = model_names_create(sw);
	struct port_names names;
	__u16 no;

	model_names_use(copy, &names);
	assert_int_equal(names.number(names.aux, "vm0", &no), -ENOENT);
	assert_null(names.name(names.aux, 1));
	model_names_destroy(copy);
	model_names_destroy(NULL);
	sw_destroy(sw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(model_names, copy_agrees_with_the_switch),
		TEST_ROW(model_names, copy_outlives_the_ports),
		TEST_ROW(model_names, copy_knows_whether_it_is_still_right),
		TEST_ROW(model_names, unknown_names_and_no_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
