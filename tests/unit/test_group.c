// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Groups: the table, references and loops, the order of a bucket's actions, and
 * which bucket a packet gets.
 */
#include "test.h"

#include <math.h>

#include "flow_format.h"
#include "flow_names.h"
#include "group_text.h"
#include "sw.h"

static struct group *make(const char *text)
{
	struct parse_error err = {0};
	struct group *g = NULL;

	if (group_parse(text, &test_names, &g, &err))
		fail_msg("'%s': %s at %zu", text, err.message, err.column);
	return g;
}

static void add(struct sw *sw, const char *text)
{
	assert_int_equal(group_insert(sw->groups, make(text)), 0);
}

TEST(group, table_is_in_order_of_numbers)
{
	static const __u32 ids[] = {7, 0, 4294967040U, 3, 8, 1};
	struct sw *sw = sw_create("sw0", 1);
	struct group *g = make("group_id=3,type=all,bucket=vm0");

	for (size_t i = 0; i < 6; i++)
		assert_int_equal(group_insert(sw->groups, group_create(ids[i], GROUP_ALL)), 0);
	assert_int_equal(group_insert(sw->groups, g), -EEXIST);
	for (size_t i = 1; i < 6; i++)
		assert_true(group_at(sw->groups, i - 1)->id < group_at(sw->groups, i)->id);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(group_find(sw->groups, ids[i])->id, ids[i]);
	assert_null(group_find(sw->groups, 2));
	assert_null(group_find(sw->groups, GROUP_NONE));
	assert_null(group_remove(sw->groups, 2));
	group_put(group_replace(sw->groups, g));
	assert_ptr_equal(group_find(sw->groups, 3), g);
	group_put(group_remove(sw->groups, 0));
	assert_int_equal(sw->groups->ids.n, 5);
	assert_null(group_find(sw->groups, 0));
	sw_destroy(sw);
}

TEST(group, a_replaced_group_lives_until_its_last_reference)
{
	struct sw *sw = sw_create("sw0", 1);
	struct group *old;

	add(sw, "group_id=1,type=all,bucket=vm0");
	old = group_get(group_find(sw->groups, 1));
	group_put(group_replace(sw->groups, make("group_id=1,type=all")));
	old->buckets[0].n_packets++;
	assert_int_equal(old->refs, 1);
	group_put(old);
	sw_destroy(sw);
}

TEST(group, loops_are_found)
{
	static const struct {
		const char *text;
		bool loop;
	} rows[] = {
		{"group_id=1,type=all,bucket=vm0", false},
		{"group_id=1,type=all,bucket=group:2", false},
		{"group_id=1,type=all,bucket=group:1", true},
		{"group_id=1,type=ff,bucket=watch_group:1,actions=drop", true},
		{"group_id=5,type=all,bucket=vm0,bucket=group:4", false},
		/* 4 -> 3 -> 2 */
		{"group_id=2,type=all,bucket=vm0,bucket=group:3", true},
		{"group_id=2,type=all,bucket=group:4", true},
		/* Through a watch_group on the way: 6 watches 4. */
		{"group_id=2,type=all,bucket=group:6", true},
		{"group_id=3,type=ff,bucket=watch_group:6,actions=drop", true},
		/* A loop that it is not part of is another's. */
		{"group_id=7,type=all,bucket=group:4", false},
		{"group_id=2,type=all,bucket=group:99", false},
		/* What a set never runs counts as well: it may be changed to. */
		{"group_id=2,type=all,bucket=group:4,group:99", true},
	};
	struct sw *sw = sw_create("sw0", 1);

	add(sw, "group_id=2,type=all,bucket=vm0");
	add(sw, "group_id=3,type=all,bucket=vm0,bucket=group:2");
	add(sw, "group_id=4,type=all,bucket=group:3,bucket=group:2");
	add(sw, "group_id=6,type=ff,bucket=watch_port:vm0,drop,bucket=watch_group:4,vm0");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct group *g = make(rows[i].text);

		ROW_CHECK(rows[i].text, group_loops(sw->groups, g) == rows[i].loop, "wrong");
		group_put(g);
	}
	sw_destroy(sw);
}

/* Groups at random: group_loops against a depth first search by colours. */
struct graph {
	bool edge[12][12];
	int n;
};

static bool reaches(const struct graph *gr, int from, int to, unsigned int seen)
{
	if (seen & 1U << from)
		return false;
	for (int i = 0; i < gr->n; i++)
		if (gr->edge[from][i] && (i == to || reaches(gr, i, to, seen | 1U << from)))
			return true;
	return false;
}

static void check_random_graph(unsigned long long seed_)
{
	uint64_t seed = seed_;
	struct sw *sw = sw_create("sw0", 1);
	struct graph gr = {.n = 12};

	for (int i = 0; i < gr.n; i++) {
		struct group *g = group_create((__u32)i, GROUP_FAST_FAILOVER);
		bool loop;

		g->buckets = calloc(12, sizeof(*g->buckets));
		for (int k = 0; k < gr.n; k++) {
			struct group_bucket *b = &g->buckets[g->n_buckets];
			struct ofact a = {.type = OFACT_GROUP, .id = (__u32)k};

			if (test_below(&seed, 6))
				continue;
			gr.edge[i][k] = true;
			g->n_buckets++;
			b->watch_group = test_below(&seed, 2) ? (__u32)k : GROUP_NONE;
			if (b->watch_group == GROUP_NONE)
				assert_int_equal(ofacts_append(&b->actions, &a), 0);
		}
		loop = reaches(&gr, i, i, 0);
		if (group_loops(sw->groups, g) != loop)
			fail_msg("seed %llu, group %d: a loop is %d", seed_, i, loop);
		if (loop) {
			memset(gr.edge[i], 0, sizeof(gr.edge[i]));
			group_put(g);
		} else {
			assert_int_equal(group_insert(sw->groups, g), 0);
		}
	}
	sw_destroy(sw);
}

TEST(group, loops_are_those_of_a_search)
{
	test_for_tables(check_random_graph, 300, 1);
}

TEST(group, users_by_action_and_by_watch)
{
	struct group *g = make("group_id=1,type=ff,bucket=watch_port:vm0,vm0,"
			       "bucket=watch_group:5,vm0,bucket=watch_port:vm1,group:6");

	assert_ptr_equal(group_user(g, 5), &g->buckets[1]);
	assert_ptr_equal(group_user(g, 6), &g->buckets[2]);
	assert_null(group_user(g, 1));
	group_put(g);
}

/* As Open vSwitch 3.1 executes them (ofproto/trace of the same buckets). */
TEST(group, a_bucket_is_an_action_set)
{
	static const struct {
		const char *actions;
		const char *ordered;
	} rows[] = {
		{"output:vm0", "output:vm0"},
		{"output:vm0,mod_nw_ttl:5,output:vm1", "mod_nw_ttl:5,output:vm1"},
		{"mod_nw_ttl:5,output:vm0,mod_nw_ttl:6", "mod_nw_ttl:5,mod_nw_ttl:6,output:vm0"},
		{"output:vm0,group:2", "group:2"},
		{"group:2,group:3", "group:3"},
		{"resubmit(,1),output:vm0", "output:vm0"},
		{"resubmit(,2),resubmit(,1)", "resubmit(,1)"},
		{"group:2,output:vm0,resubmit(,1)", "group:2"},
		{"ct(commit,table=4),output:vm0", "output:vm0"},
		{"ct(table=4),resubmit(,1)", "resubmit(,1)"},
		{"ct(commit),mod_nw_ttl:5,ct(commit,table=4,exec(set_field:0x1->ct_mark))",
		 "mod_nw_ttl:5,ct(commit,table=4,exec(set_field:0x1->ct_mark))"},
		{"push_vlan:0x8100,mod_vlan_vid:7,pop_vlan,output:vm0",
		 "pop_vlan,push_vlan:0x8100,mod_vlan_vid:7,output:vm0"},
		{"mod_vlan_vid:7,push_vlan:0x8100,output:vm0",
		 "push_vlan:0x8100,mod_vlan_vid:7,output:vm0"},
		{"push_vlan:0x8100,push_vlan:0x88a8,output:vm0", "push_vlan:0x88a8,output:vm0"},
		{"dec_ttl,dec_ttl,output:vm0", "dec_ttl,output:vm0"},
		{"push_mpls:0x8847,dec_ttl,pop_vlan,output:vm0",
		 "pop_vlan,push_mpls:0x8847,dec_ttl,output:vm0"},
		{"NORMAL,output:vm0", "output:vm0"},
		{"output:vm0,NORMAL", "NORMAL"},
		{"LOCAL,IN_PORT", "IN_PORT"},
		{"mod_dl_src:00:00:00:00:00:05", "drop"},
		{"drop", "drop"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct strbuf text;
		struct group *g;

		strbuf_init(&text);
		strbuf_printf(&text, "group_id=1,type=all,bucket=%s", rows[i].actions);
		g = make(strbuf_str(&text));
		text.len = 0;
		ofacts_format(&text, &g->buckets[0].ordered, &test_names);
		ROW_CHECK(rows[i].actions, !strcmp(strbuf_str(&text), rows[i].ordered),
			  "printed '%s'", strbuf_str(&text));
		strbuf_fini(&text);
		group_put(g);
	}
}

/* --- choice --- */

static struct sw *switch_of(int n_ports)
{
	struct sw *sw = sw_create("sw0", 1);

	for (int i = 1; i <= n_ports; i++) {
		struct sw_port *port;

		assert_int_equal(sw_add_port(sw, test_port_names[i], (__u16)i, &port), 0);
		port->up = true;
	}
	return sw;
}

static void set_up(struct sw *sw, __u16 port_no, bool up)
{
	sw_port_by_no(sw, port_no)->up = up;
}

TEST(group, the_first_bucket_alive_by_port_or_group)
{
	struct sw *sw = switch_of(3);
	struct group *g, *local;
	struct sw_port *port;

	add(sw, "group_id=6,type=ff,bucket=watch_port:local,vm1");
	add(sw, "group_id=5,type=ff,bucket=watch_port:vm1,vm1");
	add(sw, "group_id=1,type=ff,bucket=bucket_id:10,watch_port:vm0,vm0,"
		"bucket=bucket_id:11,watch_port:vm0,watch_group:5,vm0,"
		"bucket=bucket_id:12,watch_port:3,vm0");
	g = group_find(sw->groups, 1);
	local = group_find(sw->groups, 6);
	assert_int_equal(group_first_alive(sw, g)->id, 10);
	set_up(sw, 1, false);
	assert_int_equal(group_first_alive(sw, g)->id, 11);
	set_up(sw, 2, false);
	assert_int_equal(group_first_alive(sw, g)->id, 12);
	set_up(sw, 1, true);
	sw_port_by_no(sw, 1)->blocked = true;
	assert_int_equal(group_first_alive(sw, g)->id, 12);
	sw_del_port(sw, sw_port_by_no(sw, 3));
	assert_null(group_first_alive(sw, g));
	assert_null(group_first_alive(sw, local));
	assert_int_equal(sw_add_port(sw, "sw0", 9, &port), 0);
	port->kind = SW_PORT_INTERNAL;
	assert_null(group_first_alive(sw, local));
	port->up = true;
	assert_non_null(group_first_alive(sw, local));
	/* Who watches nothing is alive, so is a group that has such a bucket. */
	group_put(group_replace(sw->groups, make("group_id=5,type=all,bucket=vm1")));
	assert_int_equal(group_first_alive(sw, g)->id, 11);
	sw_destroy(sw);
}

/* Each watches the next twice: 2^40 ways to look for a bucket that is alive. */
TEST(group, absurd_trees_of_watches_end)
{
	struct sw *sw = switch_of(1);
	char text[200];

	set_up(sw, 1, false);
	for (int i = 0; i < 40; i++) {
		snprintf(text, sizeof(text),
			 "group_id=%d,type=ff,bucket=watch_group:%d,drop,"
			 "bucket=watch_group:%d,drop",
			 i, i + 1, i + 1);
		add(sw, text);
	}
	add(sw, "group_id=40,type=ff,bucket=watch_port:vm0,drop");
	assert_null(group_first_alive(sw, group_find(sw->groups, 0)));
	sw_destroy(sw);
}

#define N_HASHES 40000

/* Shares by weight, within five standard deviations. */
static void check_shares(const struct sw *sw, const struct group *g, uint64_t seed,
			 const int expected_weight[])
{
	int count[8] = {0}, total = 0;

	for (size_t i = 0; i < g->n_buckets; i++)
		total += expected_weight[i];
	for (int i = 0; i < N_HASHES; i++) {
		const struct group_bucket *b = group_select(sw, g, test_random(&seed));

		assert_non_null(b);
		count[b - g->buckets]++;
	}
	for (size_t i = 0; i < g->n_buckets; i++) {
		double p = (double)expected_weight[i] / total;
		double sigma = sqrt(N_HASHES * p * (1 - p));

		if (fabs(count[i] - N_HASHES * p) > 5 * sigma)
			fail_msg("bucket %zu got %d of %d, not %.0f", i, count[i], N_HASHES,
				 N_HASHES * p);
	}
}

TEST(group, select_shares_by_weight)
{
	struct sw *sw = switch_of(3);
	struct group *g = make("group_id=1,type=select,bucket=weight:1,watch_port:vm0,vm0,"
			       "bucket=weight:0,vm0,bucket=weight:500,watch_port:vm1,vm1,"
			       "bucket=weight:499,watch_port:3,vm1");

	check_shares(sw, g, 1, (const int[]){1, 0, 500, 499});
	set_up(sw, 2, false);
	check_shares(sw, g, 2, (const int[]){1, 0, 0, 499});
	set_up(sw, 3, false);
	check_shares(sw, g, 3, (const int[]){1, 0, 0, 0});
	set_up(sw, 1, false);
	assert_null(group_select(sw, g, 5));
	group_put(g);
	sw_destroy(sw);
}

TEST(group, only_packets_of_a_dead_bucket_move)
{
	struct sw *sw = switch_of(3);
	struct group *g = make("group_id=1,type=select,bucket=weight:3,watch_port:vm0,vm0,"
			       "bucket=weight:5,watch_port:vm1,vm0,bucket=watch_port:3,vm0");
	uint64_t seed = 7;
	int moved = 0;

	for (int i = 0; i < 2000; i++) {
		__u64 hash = test_random(&seed);
		const struct group_bucket *before = group_select(sw, g, hash), *after;

		set_up(sw, 2, false);
		after = group_select(sw, g, hash);
		set_up(sw, 2, true);
		assert_ptr_equal(group_select(sw, g, hash), before);
		if (before->watch_port == 2)
			moved++;
		else
			assert_ptr_equal(after, before);
		assert_int_not_equal(after->watch_port, 2);
	}
	assert_in_range(moved, 900, 1300);
	group_put(g);
	sw_destroy(sw);
}

static struct flow_key packet(const char *text)
{
	struct flow_spec spec;
	struct parse_error err = {0};
	struct flow_key key;

	if (flow_parse(text, FLOW_PARSE_PACKET, &test_names, &spec, &err))
		fail_msg("'%s': %s", text, err.message);
	key = spec.match.key;
	flow_spec_fini(&spec);
	return key;
}

static bool same_hash(const struct group *g, const char *a, const char *b)
{
	struct flow_key ka = packet(a), kb = packet(b);

	return group_hash(g, &ka) == group_hash(g, &kb);
}

#define AB "dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,"
#define BA "dl_src=02:00:00:00:00:02,dl_dst=02:00:00:00:00:01,"

TEST(group, default_hash_sees_connections)
{
	struct group *g = make("group_id=1,type=select");
	static const char one[] = AB "tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1,tp_dst=2";

	/* The other direction is the same connection. */
	assert_true(same_hash(g, one, BA "tcp,nw_src=10.0.0.2,nw_dst=10.0.0.1,tp_src=2,tp_dst=1"));
	assert_true(same_hash(g, AB "tcp6,ipv6_src=fe80::1,ipv6_dst=fe80::2,tp_src=1,tp_dst=2",
			      BA "tcp6,ipv6_src=fe80::2,ipv6_dst=fe80::1,tp_src=2,tp_dst=1"));
	/* What is no part of it does not count. */
	assert_true(same_hash(
		g, one,
		AB "in_port=2,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1,tp_dst=2,nw_ttl=9"));
	assert_false(same_hash(g, one, AB "tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1,tp_dst=3"));
	assert_false(same_hash(g, one, AB "udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1,tp_dst=2"));
	assert_false(same_hash(g, one,
			       AB "dl_vlan=5,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1,"
				  "tp_dst=2"));
	assert_false(same_hash(g, one, AB "tcp,nw_src=10.0.0.1,nw_dst=10.0.0.3,tp_src=1,tp_dst=2"));
	/* The parts of a fragmented packet stay together. */
	assert_true(same_hash(g, AB "udp,nw_src=10.0.0.1,ip_frag=first,tp_src=1,tp_dst=2",
			      AB "udp,nw_src=10.0.0.1,ip_frag=later"));
	group_put(g);
}

TEST(group, hash_over_chosen_fields)
{
	struct group *g = make("group_id=1,type=select,selection_method=hash,"
			       "fields(ip_src=255.255.255.0,tcp_dst)");

	assert_true(same_hash(g, "tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_dst=80",
			      AB "tcp,nw_src=10.0.0.9,nw_dst=10.0.7.7,tp_src=5,tp_dst=80"));
	assert_false(
		same_hash(g, "tcp,nw_src=10.0.0.1,tp_dst=80", "tcp,nw_src=10.0.1.1,tp_dst=80"));
	assert_false(
		same_hash(g, "tcp,nw_src=10.0.0.1,tp_dst=80", "tcp,nw_src=10.0.0.1,tp_dst=81"));
	/* A field that a packet has not does not count: these bytes are others' there. */
	assert_true(same_hash(g, "udp,nw_src=10.0.0.1,tp_dst=80", "udp,nw_src=10.0.0.1,tp_dst=81"));
	assert_true(same_hash(g, "tcp6,ipv6_dst=fe80::1:2,tp_dst=80",
			      "tcp6,ipv6_dst=fe80::3:4,tp_dst=80"));
	group_put(g);
}

TEST(group, hash_basis_gives_another_hash)
{
	struct group *a = make("group_id=1,type=select,selection_method=hash");
	struct group *b = make("group_id=1,type=select,selection_method=hash,"
			       "selection_method_param=1");
	struct flow_key key = packet("tcp,nw_src=10.0.0.1");

	assert_int_not_equal(group_hash(a, &key), group_hash(b, &key));
	group_put(a);
	group_put(b);
}

/* [I5] for groups: packets that agree in the mask's bits have one hash. */
static void check_mask(const struct group *g, const char *text, uint64_t *seed)
{
	struct flow_key key = packet(text), mask;

	for (int i = 0; i < 200; i++) {
		struct flow_key other = key, other_mask;

		group_hash_mask(g, &key, &mask);
		for (int w = 0; w < FLOW_KEY_WORDS; w++)
			other.w[w] ^= test_random(seed) & test_random(seed) & ~mask.w[w];
		group_hash_mask(g, &other, &other_mask);
		ROW_CHECK(text, flow_equal(&mask, &other_mask), "another mask");
		ROW_CHECK(text, group_hash(g, &key) == group_hash(g, &other), "another hash");
	}
}

TEST(group, the_mask_holds_every_bit_that_the_hash_saw)
{
	static const char *const groups[] = {
		"group_id=1,type=select",
		"group_id=1,type=select,selection_method=hash,fields(ip_src,ipv6_dst,tcp_dst=0xff)",
		"group_id=1,type=select,selection_method=hash,fields(arp_spa,dl_vlan,udp_src)",
	};
	static const char *const packets[] = {
		"tcp,nw_src=1.2.3.4,tp_dst=5",
		"udp6,ipv6_dst=fe80::1",
		"arp,arp_spa=1.2.3.4",
		"dl_type=0x88cc,dl_vlan=5",
		"udp,ip_frag=later",
		"tcp,ip_frag=first,tp_dst=9",
		"icmp,icmp_type=8",
	};
	uint64_t seed = test_seed(1);

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		struct group *g = make(groups[i]);

		for (size_t k = 0; k < sizeof(packets) / sizeof(packets[0]); k++)
			check_mask(g, packets[k], &seed);
		group_put(g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(group, table_is_in_order_of_numbers),
		TEST_ROW(group, a_replaced_group_lives_until_its_last_reference),
		TEST_ROW(group, loops_are_found),
		TEST_ROW(group, loops_are_those_of_a_search),
		TEST_ROW(group, users_by_action_and_by_watch),
		TEST_ROW(group, a_bucket_is_an_action_set),
		TEST_ROW(group, the_first_bucket_alive_by_port_or_group),
		TEST_ROW(group, absurd_trees_of_watches_end),
		TEST_ROW(group, select_shares_by_weight),
		TEST_ROW(group, only_packets_of_a_dead_bucket_move),
		TEST_ROW(group, default_hash_sees_connections),
		TEST_ROW(group, hash_over_chosen_fields),
		TEST_ROW(group, hash_basis_gives_another_hash),
		TEST_ROW(group, the_mask_holds_every_bit_that_the_hash_saw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
