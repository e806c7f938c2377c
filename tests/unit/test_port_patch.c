// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Patch ports in the port table (loader/port/port.c, port_patch.c): which are
 * up, whom they lead to, and that no pointer outlives its port. No device is
 * touched: a port of another type is put into the table by hand.
 */
#include "test.h"

#include <errno.h>

#include "port_provider.h"

#define NAMES 6
#define STEPS 4000

static struct port_table *table;
static unsigned int n_changed;

static void changed(void *aux, struct port *port)
{
	n_changed++;
}

static int setup(void **state)
{
	const struct dp_options opt = {.flow_limit = 64};

	(void)state;
	table = calloc(1, sizeof(*table));
	n_changed = 0;
	if (!table || dp_open_fake(&opt, 1, &table->dp))
		return -1;
	table->changed = changed;
	table->timer_fd = -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (int i = 0; i < XVS_MAX_PORTS; i++)
		port_destroy(table, table->ports[i]);
	dp_close(table->dp);
	free(table);
	return 0;
}

static struct port *add(const char *name, const char *peer)
{
	const struct port_config cfg = {
		.name = name, .type = PORT_PATCH, .hook = PORT_HOOK_AUTO, .peer = peer};
	struct port *port = NULL;

	assert_int_equal(port_create(table, &cfg, &port, NULL), 0);
	assert_non_null(port);
	return port;
}

static void assert_joined(const struct port *a, const struct port *b)
{
	assert_ptr_equal(a->peer, b);
	assert_ptr_equal(b->peer, a);
	assert_int_equal(a->state, PORT_UP);
	assert_int_equal(b->state, PORT_UP);
	assert_string_equal(a->reason, "");
	assert_string_equal(b->reason, "");
}

static void assert_down(const struct port *port, const char *reason)
{
	assert_null(port->peer);
	assert_int_equal(port->state, PORT_DOWN);
	assert_string_equal(port->reason, reason);
}

TEST(port_patch, two_that_name_each_other_are_up)
{
	struct port *a = add("a", "b");
	struct port *b;

	assert_down(a, "peer b is missing");
	b = add("b", "a");
	assert_joined(a, b);
	assert_int_not_equal(a->port_no, b->port_no);
	port_destroy(table, b);
	assert_down(a, "peer b is missing");
}

TEST(port_patch, has_no_device_and_no_entry)
{
	struct port *a = add("a", "b");
	struct port *b = add("b", "a");
	struct xvs_port_stats stats;

	assert_string_equal(a->device, "");
	assert_int_equal(a->ifindex, 0);
	assert_int_equal(a->hook, XVS_HOOK_NONE);
	assert_int_equal(a->flags, 0);
	dp_port_stats(table->dp, a->port_no, &stats);
	assert_int_equal(stats.rx_packets, 0);
	/* Losses that only a device sees: there is none to ask. */
	port_count_device_drops(table, b);
	port_sweep_device_drops(table);
}

TEST(port_patch, a_third_one_waits)
{
	struct port *a = add("a", "b");
	struct port *b = add("b", "a");
	struct port *c = add("c", "b");

	assert_joined(a, b);
	assert_down(c, "peer b has another peer: a");
	assert_int_equal(port_set_peer(table, b, "c", NULL), 0);
	assert_joined(b, c);
	assert_down(a, "peer b has another peer: c");
}

TEST(port_patch, blocking_is_the_ports_own)
{
	struct port *a = add("a", "b");
	struct port *b = add("b", "a");

	port_set_blocked(table, a, true);
	assert_int_equal(a->state, PORT_BLOCKED);
	assert_ptr_equal(a->peer, b);
	assert_int_equal(b->state, PORT_UP);
	port_set_blocked(table, a, false);
	assert_joined(a, b);
}

TEST(port_patch, unplugged_it_is_nobodys_peer)
{
	struct port *a = add("a", "b");
	struct port *b = add("b", "a");

	port_unplug(table, b);
	assert_null(a->peer);
	assert_null(b->peer);
	assert_int_equal(a->state, PORT_DOWN);
	port_destroy(table, b);
	assert_down(a, "peer b is missing");
}

TEST(port_patch, a_peer_that_came_with_another_type_is_none)
{
	struct port other = {.name = "b", .port_no = 9, .type = PORT_NETDEV};
	struct port *a = add("a", "b");

	table->ports[9] = &other;
	port_patch_update(table, "b");
	assert_down(a, "peer b is not a patch port");
	table->ports[9] = NULL;
	port_patch_update(table, "b");
	assert_down(a, "peer b is missing");
}

TEST(port_patch, what_cannot_be_is_refused_and_changes_nothing)
{
	static const struct {
		const char *name;
		const char *peer;
		enum port_type type;
		int hook;
		enum xvs_rpc_error want;
	} rows[] = {
		{"c", NULL, PORT_PATCH, PORT_HOOK_AUTO, XVS_RPC_USAGE},
		{"c", "", PORT_PATCH, PORT_HOOK_AUTO, XVS_RPC_USAGE},
		{"c", "c", PORT_PATCH, PORT_HOOK_AUTO, XVS_RPC_USAGE},
		{"c", "dev", PORT_PATCH, PORT_HOOK_AUTO, XVS_RPC_UNSUPPORTED},
		{"c", "a234567890123456789012345678901x", PORT_PATCH, PORT_HOOK_AUTO,
		 XVS_RPC_USAGE},
		{"c", "b", PORT_PATCH, XVS_HOOK_TC, XVS_RPC_USAGE},
		{"c", "b", PORT_PATCH, XVS_HOOK_XDP, XVS_RPC_USAGE},
		{"c d", "b", PORT_PATCH, PORT_HOOK_AUTO, XVS_RPC_USAGE},
		{"", "b", PORT_PATCH, PORT_HOOK_AUTO, XVS_RPC_USAGE},
		{"a234567890123456789012345678901x", "b", PORT_PATCH, PORT_HOOK_AUTO,
		 XVS_RPC_USAGE},
		{"a", "b", PORT_PATCH, PORT_HOOK_AUTO, XVS_RPC_EXISTS},
		{"c", "b", PORT_NETDEV, PORT_HOOK_AUTO, XVS_RPC_USAGE},
		{"c", "b", PORT_INTERNAL, PORT_HOOK_AUTO, XVS_RPC_USAGE},
		{"a23456789012345x", NULL, PORT_INTERNAL, PORT_HOOK_AUTO, XVS_RPC_USAGE},
	};
	struct port other = {.name = "dev", .port_no = 9, .type = PORT_NETDEV};
	struct port *a = add("a", "b");
	struct port *out = NULL;

	table->ports[9] = &other;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct port_config cfg = {.name = rows[i].name,
						.type = rows[i].type,
						.hook = rows[i].hook,
						.peer = rows[i].peer};
		struct err err;

		err_init(&err);
		ROW_CHECK(rows[i].name, port_create(table, &cfg, &out, &err) < 0, "row %zu", i);
		ROW_CHECK(rows[i].name, err.code == rows[i].want, "row %zu: %s", i, err.message);
		err_fini(&err);
	}
	assert_null(out);
	assert_int_equal(port_set_peer(table, a, "a", NULL), -EINVAL);
	assert_int_equal(port_set_peer(table, a, "dev", NULL), -EINVAL);
	assert_int_equal(port_set_peer(table, &other, "a", NULL), -EINVAL);
	assert_int_equal(port_set_hook(table, a, XVS_HOOK_TC, NULL), -EINVAL);
	assert_string_equal(a->peer_name, "b");
	table->ports[9] = NULL;
	assert_down(a, "peer b is missing");
}

/* --- against the definition --- */

static void check_all(unsigned long long seed, int step)
{
	for (int i = 0; i < XVS_MAX_PORTS; i++) {
		const struct port *port = table->ports[i];
		const struct port *other = port ? port_by_name(table, port->peer_name) : NULL;

		if (!port)
			continue;
		if (other && strcmp(other->peer_name, port->name))
			other = NULL;
		ROW_CHECK(port->name, port->peer == other, "seed %llu step %d", seed, step);
		ROW_CHECK(port->name, (port->state == PORT_UP) == (other && !port->blocked),
			  "seed %llu step %d", seed, step);
	}
}

static void change_something(uint64_t *seed)
{
	char name[] = {(char)('a' + test_below(seed, NAMES)), '\0'};
	char peer[] = {(char)('a' + test_below(seed, NAMES)), '\0'};
	struct port *port = port_by_name(table, name);

	if (name[0] == peer[0])
		return;
	if (!port)
		add(name, peer);
	else if (test_below(seed, 3) == 0)
		port_destroy(table, port);
	else if (test_below(seed, 3) == 0)
		port_set_blocked(table, port, test_below(seed, 2));
	else
		assert_int_equal(port_set_peer(table, port, peer, NULL), 0);
}

static void check_changes(unsigned long long seed)
{
	uint64_t random = seed;

	for (int step = 0; step < STEPS; step++) {
		change_something(&random);
		check_all(seed, step);
	}
	assert_int_equal(n_changed, 0);
}

TEST(port_patch, peers_are_those_that_name_each_other)
{
	test_for_tables(check_changes, 5, 20261122);
}

#define TABLE_TEST(name) cmocka_unit_test_setup_teardown(port_patch_##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TABLE_TEST(two_that_name_each_other_are_up),
		TABLE_TEST(has_no_device_and_no_entry),
		TABLE_TEST(a_third_one_waits),
		TABLE_TEST(blocking_is_the_ports_own),
		TABLE_TEST(unplugged_it_is_nobodys_peer),
		TABLE_TEST(a_peer_that_came_with_another_type_is_none),
		TABLE_TEST(what_cannot_be_is_refused_and_changes_nothing),
		TABLE_TEST(peers_are_those_that_name_each_other),
	};

	return cmocka_run_group_tests_name("port_patch", tests, NULL, NULL);
}
