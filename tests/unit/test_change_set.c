// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which changes concern a megaflow, change by change; and what becomes of more
 * changes than a set has room for.
 */
#include "change_set.h"

#include "sw_fixture.h"
#include "test.h"

#define WORLD                                                                     \
	"port vm0 1\nport vm1 2\nport vm2 3\n"                                    \
	"fdb 02:00:00:00:00:02 0 vm1\nfdb 02:00:00:00:00:03 0 vm2\n"              \
	"rule table=0,priority=20,tcp,actions=resubmit(,1)\n"                     \
	"rule table=0,priority=10,udp,actions=mod_nw_dst:10.0.0.9,resubmit(,2)\n" \
	"rule table=0,priority=0,actions=normal\n"                                \
	"rule table=1,priority=5,tcp,tp_dst=80,actions=learn(table=3,priority=7," \
	"NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[]),output:vm1\n" \
	"rule table=1,priority=0,actions=drop\n"                                  \
	"rule table=2,priority=0,actions=output:vm2\n"

#define MACS "dl_src=02:00:00:00:00:02,dl_dst=02:00:00:00:00:03"
#define TCP "in_port=vm1,tcp," MACS ",nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=9,tp_dst=80"
#define UDP "in_port=vm1,udp," MACS ",nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=9,tp_dst=53"
#define ARP "in_port=vm1,arp," MACS

struct stage {
	struct sw_fixture f;
	struct change_set changes;
	struct flow_key key;
	struct xlate_out out;
};

static void stage_init(struct stage *s, const char *packet)
{
	memset(s, 0, sizeof(*s));
	sw_fixture_init(&s->f);
	sw_fixture_lines(&s->f, WORLD);
	sw_fixture_packet(&s->f, packet, &s->key);
	assert_int_equal(xlate(&(struct xlate_in){.env = &s->f.env,
						  .sw = s->f.sw,
						  .key = &s->key,
						  .now_ms = 1,
						  .may_learn = true},
			       &s->out),
			 0);
	s->f.sw->changes = &s->changes;
}

static void stage_fini(struct stage *s)
{
	s->f.sw->changes = NULL;
	xlate_out_fini(&s->out);
	sw_fixture_fini(&s->f);
}

static bool touched(const struct stage *s)
{
	return change_set_touches(&s->changes, &s->key.pkt, &s->out.mask.pkt, &s->out.deps);
}

struct row {
	const char *packet;
	const char *change; /* a line of the fixture */
	bool concerns;
};

static const struct row rows[] = {
	{TCP, "rule table=0,priority=30,tcp,actions=drop", true},
	{TCP, "rule table=0,priority=30,udp,actions=drop", false},
	{TCP, "rule table=0,priority=30,in_port=vm0,actions=drop", false},
	{TCP, "rule table=0,priority=30,tcp,nw_src=10.0.0.0/24,actions=drop", true},
	/* Of what is not in the mask there are packets of any kind. */
	{TCP, "rule table=0,priority=30,tcp,nw_src=10.9.9.9,actions=drop", true},
	{TCP, "rule table=1,priority=30,tcp,tp_dst=81,actions=drop", false},
	{TCP, "rule table=1,priority=30,tcp,tp_dst=80,actions=drop", true},
	{TCP, "rule table=2,priority=30,actions=drop", false},
	/* learn() has its rule there, which need not be like the packet. */
	{TCP, "rule table=3,priority=30,udp,actions=drop", true},
	{UDP, "rule table=3,priority=30,udp,actions=drop", false},
	/* In table 2 the address is another one. */
	{UDP, "rule table=2,priority=30,udp,nw_dst=10.0.0.9,actions=drop", true},
	{UDP, "rule table=1,priority=30,udp,actions=drop", false},
	{ARP, "fdb 02:00:00:00:00:03 0 vm0", true},
	{ARP, "fdb 02:00:00:00:00:02 0 vm0", true},
	{ARP, "fdb 02:00:00:00:00:03 10 vm0", false},
	{ARP, "fdb 02:00:00:00:00:04 0 vm0", false},
	{TCP, "fdb 02:00:00:00:00:03 0 vm0", false},
};

TEST(change_set, rules_and_addresses_concern_whom_they_may_change)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stage s;

		stage_init(&s, rows[i].packet);
		assert_false(touched(&s));
		sw_fixture_line(&s.f, rows[i].change);
		if (touched(&s) != rows[i].concerns)
			print_error("row %zu: %s\n", i, rows[i].change);
		assert_int_equal(touched(&s), rows[i].concerns);
		change_set_clear(&s.changes);
		assert_true(change_set_is_empty(&s.changes));
		assert_false(touched(&s));
		stage_fini(&s);
	}
}

TEST(change_set, a_port_concerns_who_uses_it)
{
	struct stage s;

	stage_init(&s, TCP);
	sw_port_changed(s.f.sw, sw_port_by_name(s.f.sw, "vm2"));
	assert_false(touched(&s));
	sw_port_changed(s.f.sw, sw_port_by_name(s.f.sw, "vm1"));
	assert_true(touched(&s));
	stage_fini(&s);
}

TEST(change_set, many_rules_of_one_table_become_its_table)
{
	struct stage tcp, udp;

	stage_init(&tcp, TCP);
	stage_init(&udp, UDP);
	for (int i = 0; i < 3 * CHANGE_SET_RULES; i++) {
		char line[96];

		snprintf(line, sizeof(line), "rule table=1,priority=%d,tcp,tp_dst=81,actions=drop",
			 100 + i);
		sw_fixture_line(&tcp.f, line);
		sw_fixture_line(&udp.f, line);
		assert_int_equal(touched(&tcp), i >= CHANGE_SET_RULES);
	}
	assert_false(tcp.changes.all);
	assert_false(touched(&udp));
	stage_fini(&tcp);
	stage_fini(&udp);
}

TEST(change_set, more_than_there_is_room_for_is_all)
{
	struct stage s;

	stage_init(&s, TCP);
	/* Of so many some have a tag that others have, which takes no room. */
	for (int i = 0; i < 2 * CHANGE_SET_TAGS; i++) {
		__u8 mac[6] = {0x02, 0, 1, 0, 0, (__u8)i};

		assert_false(s.changes.all && i < CHANGE_SET_TAGS);
		fdb_learn(s.f.sw->fdb, mac, 0, 1, 2);
	}
	assert_true(s.changes.all);
	assert_true(touched(&s));
	stage_fini(&s);
}

TEST(change_set, an_fdb_that_is_put_back_is_watched)
{
	struct stage s;
	struct fdb *copy;

	stage_init(&s, ARP);
	copy = fdb_clone(s.f.sw->fdb);
	assert_non_null(copy);
	fdb_learn(copy, (const __u8[]){0x02, 0, 0, 0, 0, 3}, 0, 1, 2);
	assert_true(change_set_is_empty(&s.changes));
	sw_set_fdb(s.f.sw, copy);
	fdb_learn(copy, (const __u8[]){0x02, 0, 0, 0, 0, 3}, 0, 2, 2);
	assert_true(touched(&s));
	stage_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(change_set, rules_and_addresses_concern_whom_they_may_change),
		TEST_ROW(change_set, a_port_concerns_who_uses_it),
		TEST_ROW(change_set, many_rules_of_one_table_become_its_table),
		TEST_ROW(change_set, more_than_there_is_room_for_is_all),
		TEST_ROW(change_set, an_fdb_that_is_put_back_is_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
