// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a policy means: order, direction, ends, services, versions, names in DNS, and what
 * is left to connections. Masks and random policies are in test_policy_property.c.
 */
#include <errno.h>

#include "policy_compile.h"
#include "policy_text.h"
#include "proto.h"
#include "test.h"

static void apply(struct policy *p, const char *line)
{
	struct parse_error err = {0};
	int rc = policy_apply(p, line, NULL, &err);

	ROW_CHECK(line, !rc, "%d: %s", rc, err.message);
}

static void add_port(struct policy *p, __u16 port_no, const char *name, const char *tag,
		     __u32 address)
{
	struct policy_address a = {.family = POLICY_IPV4, .len = 32};
	const struct policy_port port = {
		.port_no = port_no,
		.name = name,
		.tags = &tag,
		.n_tags = tag != NULL,
		.addresses = &a,
		.n_addresses = address != 0,
	};

	address = XVS_BE32(address);
	memcpy(a.addr, &address, 4);
	assert_int_equal(policy_set_port(p, &port), 0);
}

#define IP(a, b, c, d) ((__u32)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static struct policy *make(const char *const *lines)
{
	struct policy *p;

	assert_int_equal(policy_create(1, &p), 0);
	add_port(p, 1, "vm1", "red", IP(10, 0, 0, 1));
	add_port(p, 2, "vm2", "blue", IP(10, 0, 0, 2));
	add_port(p, 3, "up", NULL, 0);
	for (; *lines; lines++)
		apply(p, *lines);
	assert_int_equal(policy_compile(p), 0);
	return p;
}

/* A packet of TCP to port 80. */
static struct flow_key packet(__u32 src, __u32 dst)
{
	struct flow_key key = {0};

	key.dl_type = XVS_BE16(DL_TYPE_IP);
	key.nw_src = XVS_BE32(src);
	key.nw_dst = XVS_BE32(dst);
	key.nw_proto = PROTO_TCP;
	key.tp_src = XVS_BE16(40000);
	key.tp_dst = XVS_BE16(80);
	return key;
}

static struct policy_verdict decide(const struct policy *p, const struct flow_key *key,
				    enum policy_direction direction, __u16 in_port, __u16 out_port)
{
	const struct policy_query q = {
		.key = key,
		.direction = direction,
		.port_no = direction == POLICY_IN ? out_port : in_port,
		.in_port = in_port,
		.out_port = out_port,
	};
	struct policy_verdict v;

	policy_decide(p, &q, NULL, &v);
	return v;
}

TEST(policy, the_first_rule_that_matches_decides)
{
	struct policy *p = make((const char *const[]){
		"section add strict tcp-strict=yes", "section add free stateful=no",
		"rule add free id=1 action=allow",
		"rule add strict id=2 to=10.0.0.9 action=drop log=yes",
		"rule add strict id=3 to=10.0.0.8/31 action=reject", "default set action=drop",
		NULL});
	struct flow_key key = packet(IP(10, 0, 0, 1), IP(10, 0, 0, 9));
	struct policy_verdict v = decide(p, &key, POLICY_OUT, 1, 3);

	assert_int_equal(v.rule->id, 2);
	assert_int_equal(v.action, POLICY_DROP);
	assert_true(v.log && v.stateful && v.tcp_strict);
	assert_string_equal(v.section->name, "strict");
	key.nw_dst = XVS_BE32(IP(10, 0, 0, 8));
	assert_int_equal(decide(p, &key, POLICY_OUT, 1, 3).action, POLICY_REJECT);
	key.nw_dst = XVS_BE32(IP(10, 0, 0, 7));
	v = decide(p, &key, POLICY_OUT, 1, 3);
	assert_int_equal(v.rule->id, 1);
	assert_false(v.stateful || v.tcp_strict || v.log);
	policy_put(p);
}

TEST(policy, the_default_rule_is_last_and_stateful)
{
	struct policy *p = make((const char *const[]){"default set action=reject log=yes", NULL});
	struct flow_key key = packet(IP(10, 0, 0, 1), IP(10, 0, 0, 9));
	struct policy_verdict v = decide(p, &key, POLICY_OUT, 1, 3);

	assert_int_equal(v.rule->id, POLICY_RULE_DEFAULT);
	assert_null(v.section);
	assert_int_equal(v.action, POLICY_REJECT);
	assert_true(v.log && v.stateful && !v.tcp_strict);
	assert_false(policy_is_empty(p));
	policy_put(p);
	p = make((const char *const[]){NULL});
	assert_true(policy_is_empty(p));
	assert_int_equal(decide(p, &key, POLICY_OUT, 1, 3).action, POLICY_ALLOW);
	policy_put(p);
}

TEST(policy, both_ends_are_judged_by_their_direction)
{
	struct policy *p = make((const char *const[]){
		"section add s",
		"rule add s id=1 from=port:vm1 to=port:vm2 direction=out action=allow",
		"rule add s id=2 direction=in applied-to=tag:blue action=drop",
		"default set action=reject", NULL});
	struct flow_key key = packet(IP(10, 0, 0, 1), IP(10, 0, 0, 2));

	assert_int_equal(decide(p, &key, POLICY_OUT, 1, 2).rule->id, 1);
	assert_int_equal(decide(p, &key, POLICY_IN, 1, 2).rule->id, 2);
	assert_int_equal(decide(p, &key, POLICY_IN, 2, 1).rule->id, POLICY_RULE_DEFAULT);
	/* Nobody's port: rules for all ports alone. */
	assert_int_equal(decide(p, &key, POLICY_IN, 1, 77).rule->id, POLICY_RULE_DEFAULT);
	policy_put(p);
}

TEST(policy, a_port_as_an_end_is_the_port_and_its_addresses)
{
	struct policy *p = make((const char *const[]){
		"section add s", "rule add s id=1 from=tag:red action=drop", NULL});
	struct flow_key key = packet(IP(192, 0, 2, 1), IP(10, 0, 0, 2));

	assert_int_equal(decide(p, &key, POLICY_IN, 1, 2).rule->id, 1);
	assert_int_equal(decide(p, &key, POLICY_IN, 3, 2).rule->id, POLICY_RULE_DEFAULT);
	assert_int_equal(decide(p, &key, POLICY_IN, 0, 2).rule->id, POLICY_RULE_DEFAULT);
	key.nw_src = XVS_BE32(IP(10, 0, 0, 1));
	assert_int_equal(decide(p, &key, POLICY_IN, 3, 2).rule->id, 1);
	policy_put(p);
}

TEST(policy, ports_come_go_and_change_with_versions)
{
	struct policy *p = make((const char *const[]){
		"section add s", "rule add s id=1 from=tag:red to=any action=drop", NULL});
	struct flow_key key = packet(IP(10, 0, 0, 1), IP(10, 0, 0, 9));
	struct policy *next;

	assert_int_equal(policy_edit(p, &next), 0);
	add_port(next, 1, "vm1", "green", IP(10, 0, 0, 1));
	add_port(next, 2, "vm2", "red", IP(10, 0, 0, 2));
	policy_del_port(next, 3);
	policy_del_port(next, 99);
	assert_int_equal(policy_compile(next), 0);
	assert_int_equal(decide(p, &key, POLICY_OUT, 1, 3).rule->id, 1);
	assert_int_equal(decide(next, &key, POLICY_OUT, 1, 3).rule->id, POLICY_RULE_DEFAULT);
	assert_int_equal(decide(next, &key, POLICY_OUT, 2, 3).rule->id, 1);
	assert_true(policy_is_subject(p, 3));
	assert_false(policy_is_subject(next, 3));
	policy_put(p);
	policy_put(next);
}

TEST(policy, refuses_ports_that_cannot_be)
{
	struct policy_address mac = {.family = POLICY_MAC, .len = 48};
	struct policy_address wide = {.family = POLICY_IPV4, .len = 33};
	const char *tag = "";
	const struct policy_port bad[] = {
		{.port_no = 0, .name = "a"},
		{.port_no = XVS_MAX_PORTS, .name = "a"},
		{.port_no = 1, .name = ""},
		{.port_no = 1, .name = "abcdefghijklmnopqrstuvwxyz-abcdefg"},
		{.port_no = 1, .name = "a", .tags = &tag, .n_tags = 1},
		{.port_no = 1, .name = "a", .addresses = &mac, .n_addresses = 1},
		{.port_no = 1, .name = "a", .addresses = &wide, .n_addresses = 1},
	};
	struct policy *p;

	assert_int_equal(policy_create(1, &p), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(policy_set_port(p, &bad[i]), -EINVAL);
	policy_put(p);
}

TEST(policy, excluded_ports_are_no_subjects)
{
	struct policy *p = make((const char *const[]){"exclude add up", NULL});

	assert_true(policy_is_subject(p, 1));
	assert_false(policy_is_subject(p, 3));
	assert_false(policy_is_subject(p, 4));
	assert_false(policy_is_subject(p, 65000));
	assert_true(policy_is_excluded(p, "up"));
	assert_false(policy_is_excluded(p, "vm1"));
	policy_put(p);
}

/* Rule 1 has the service; the packet's protocol, "ports" and fragment. */
static const struct {
	const char *service;
	__u8 proto, frag;
	__u16 src, dst;
	bool match;
} services[] = {
	{"http", PROTO_TCP, 0, 40000, 80, true},
	{"http", PROTO_UDP, 0, 40000, 80, false},
	{"http", PROTO_TCP, XVS_FRAG_ANY, 40000, 80, true},
	{"http", PROTO_TCP, XVS_FRAG_ANY | XVS_FRAG_LATER, 0, 80, false},
	{"dns", PROTO_UDP, 0, 40000, 53, true},
	{"dns", PROTO_TCP, 0, 40000, 53, true},
	{"tcp", PROTO_TCP, XVS_FRAG_ANY | XVS_FRAG_LATER, 0, 0, true},
	{"tcp:1000-2000", PROTO_TCP, 0, 1, 999, false},
	{"tcp:1000-2000", PROTO_TCP, 0, 1, 1000, true},
	{"tcp:1000-2000", PROTO_TCP, 0, 1, 2000, true},
	{"tcp:1000-2000", PROTO_TCP, 0, 1, 2001, false},
	{"tcp:0-65534", PROTO_TCP, 0, 1, 65535, false},
	{"tcp:1-65535", PROTO_TCP, 0, 1, 65535, true},
	{"tcp:1-65535", PROTO_TCP, 0, 1, 0, false},
	{"udp:1024-65535>53", PROTO_UDP, 0, 1023, 53, false},
	{"udp:1024-65535>53", PROTO_UDP, 0, 1024, 53, true},
	{"icmp", PROTO_ICMP, 0, 3, 1, true},
	{"icmp:3", PROTO_ICMP, 0, 3, 1, true},
	{"icmp:3/4", PROTO_ICMP, 0, 3, 1, false},
	{"icmp:3/4", PROTO_ICMP, 0, 3, 4, true},
	{"ping", PROTO_ICMP, 0, 8, 0, true},
	{"ping", PROTO_ICMP, 0, 0, 0, false},
	{"ping", PROTO_ICMPV6, 0, 128, 0, true},
	{"proto:47", 47, 0, 0, 0, true},
	{"http,udp:53,proto:47", PROTO_UDP, 0, 1, 53, true},
};

TEST(policy, services)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		struct flow_key key = packet(IP(10, 0, 0, 1), IP(10, 0, 0, 2));
		char line[100];
		struct policy *p;

		snprintf(line, sizeof(line), "rule add s id=1 service=%s action=drop",
			 services[i].service);
		p = make((const char *const[]){"section add s", line, NULL});
		key.nw_proto = services[i].proto;
		key.nw_frag = services[i].frag;
		key.tp_src = XVS_BE16(services[i].src);
		key.tp_dst = XVS_BE16(services[i].dst);
		ROW_CHECK(line,
			  (decide(p, &key, POLICY_OUT, 1, 3).rule->id == 1) == services[i].match,
			  "row %zu", i);
		policy_put(p);
	}
}

TEST(policy, empty_groups_and_rules_that_are_off_match_nothing)
{
	struct policy *p = make((const char *const[]){
		"section add s", "group add none", "rule add s id=1 from=none action=drop",
		"rule add s id=2 action=drop enabled=no", NULL});
	struct flow_key key = packet(IP(10, 0, 0, 1), IP(10, 0, 0, 2));

	assert_int_equal(decide(p, &key, POLICY_OUT, 1, 2).rule->id, POLICY_RULE_DEFAULT);
	policy_put(p);
}

TEST(policy, hits_stay_with_an_edited_rule)
{
	struct policy *p =
		make((const char *const[]){"section add s", "rule add s id=1 action=drop", NULL});
	struct policy_rule *old = policy_rule_get(policy_find_rule(p, 1));
	struct policy *next;

	old->hits->n_packets = 7;
	assert_int_equal(policy_edit(p, &next), 0);
	apply(next, "rule set 1 action=allow");
	policy_put(p);
	assert_int_equal(policy_find_rule(next, 1)->hits->n_packets, 7);
	assert_int_equal(old->action, POLICY_DROP);
	policy_rule_put(old);
	policy_put(next);
}

static struct policy_address ipv4(__u32 address)
{
	struct policy_address a = {.family = POLICY_IPV4, .len = 32};

	address = XVS_BE32(address);
	memcpy(a.addr, &address, 4);
	return a;
}

TEST(policy, names_in_dns_are_members_for_their_time)
{
	struct policy *p = make(
		(const char *const[]){"section add s", "group add g fqdns=*.example.org",
				      "rule add s id=1 to=g action=drop",
				      "rule add s id=2 to=fqdn:example.org action=drop", NULL});
	struct flow_key key = packet(IP(10, 0, 0, 1), IP(203, 0, 113, 5));
	struct policy_address a = ipv4(IP(203, 0, 113, 5));
	struct policy *next;

	assert_true(policy_has_fqdns(p));
	assert_true(policy_wants_name(p, "www.example.org"));
	assert_true(policy_wants_name(p, "a.b.example.org"));
	assert_true(policy_wants_name(p, "example.org"));
	assert_false(policy_wants_name(p, "wwwexample.org"));
	assert_false(policy_wants_name(p, "www.example.org.net"));
	assert_int_equal(policy_next_expiry(p), UINT64_MAX);
	assert_int_equal(policy_learn(p, "www.example.net", &a, 100), 0);
	assert_int_equal(policy_learn(p, "www.example.org", &a, 100), 1);
	assert_int_equal(policy_learn(p, "ftp.example.org", &a, 200), 0);
	assert_int_equal(policy_learn(p, "example.org", &a, 150), 1);
	assert_int_equal(decide(p, &key, POLICY_OUT, 1, 3).rule->id, 1);
	/* The next version knows it too, and what one learns both have. */
	assert_int_equal(policy_edit(p, &next), 0);
	assert_int_equal(policy_compile(next), 0);
	assert_int_equal(decide(next, &key, POLICY_OUT, 1, 3).rule->id, 1);
	assert_int_equal(policy_next_expiry(next), 150);
	assert_false(policy_expire(next, 149));
	assert_true(policy_expire(next, 150));
	assert_int_equal(decide(p, &key, POLICY_OUT, 1, 3).rule->id, 1);
	assert_int_equal(policy_next_expiry(next), 200);
	assert_true(policy_expire(p, 250));
	assert_int_equal(decide(p, &key, POLICY_OUT, 1, 3).rule->id, POLICY_RULE_DEFAULT);
	policy_put(p);
	policy_put(next);
}

TEST(policy, a_name_has_so_many_addresses)
{
	struct policy *p = make((const char *const[]){
		"section add s", "rule add s id=1 to=fqdn:example.org action=drop", NULL});

	for (__u32 i = 0; i < POLICY_MAX_LEARNED; i++) {
		struct policy_address a = ipv4(IP(203, 0, 0, 0) + i);

		assert_int_equal(policy_learn(p, "example.org", &a, 100 + i), 1);
	}
	assert_int_equal(policy_learn(p, "example.org", &(struct policy_address){0}, 100), -ENOSPC);
	assert_true(policy_expire(p, 100));
	assert_int_equal(policy_learn(p, "example.org", &(struct policy_address){0}, 100), 1);
	policy_put(p);
}

TEST(policy, tells_whether_a_rule_still_covers_a_connection)
{
	struct policy *p = make((const char *const[]){
		"section add s", "group add g addresses=10.0.0.0/24 tags=blue",
		"rule add s id=2 from=g to=tag:red service=http applied-to=tag:blue direction=in "
		"action=allow",
		"rule add s id=3 action=allow enabled=no", "rule add s id=1 action=allow", NULL});
	struct flow_key key = packet(IP(10, 0, 0, 7), IP(10, 0, 0, 1));

	assert_true(policy_rule_covers(p, 2, &key));
	key.nw_src = XVS_BE32(IP(10, 0, 1, 7));
	assert_false(policy_rule_covers(p, 2, &key));
	assert_true(policy_rule_covers(p, 1, &key));
	assert_false(policy_rule_covers(p, 3, &key));
	assert_false(policy_rule_covers(p, 4, &key));
	assert_true(policy_rule_covers(p, POLICY_RULE_DEFAULT, &key));
	key = packet(IP(10, 0, 0, 7), IP(10, 0, 0, 1));
	key.tp_dst = XVS_BE16(81);
	assert_false(policy_rule_covers(p, 2, &key));
	policy_put(p);
}

TEST(policy, what_a_vnic_refuses_now_is_not_covered)
{
	struct policy *p = make((const char *const[]){
		"section add first", "section add s", "group add quarantine tags=none",
		"rule add first id=1 from=quarantine action=drop",
		"rule add first id=2 direction=in applied-to=port:vm2 from=10.9.0.0/16 action=drop",
		"rule add s id=3 to=10.0.0.0/8 action=allow", "default set action=drop", NULL});
	struct flow_key red = packet(IP(10, 0, 0, 1), IP(10, 0, 0, 9));
	struct flow_key wire = packet(IP(10, 9, 0, 1), IP(10, 0, 0, 2));
	struct flow_key other = packet(IP(10, 9, 0, 1), IP(10, 0, 0, 9));
	struct policy *next;

	assert_true(policy_rule_covers(p, 3, &red));
	assert_false(policy_rule_covers(p, 3, &wire));
	/* Nobody's vNIC. */
	assert_true(policy_rule_covers(p, 3, &other));
	assert_int_equal(policy_edit(p, &next), 0);
	apply(next, "group set quarantine tags+=red");
	assert_int_equal(policy_compile(next), 0);
	assert_false(policy_rule_covers(next, 3, &red));
	policy_put(p);
	policy_put(next);
}

TEST(policy, what_no_address_tells_is_taken_to_be_covered)
{
	struct policy *p = make((const char *const[]){
		"section add s", "rule add s id=1 from=02:00:00:00:00:01,10.7.0.0/16 action=allow",
		"group add g ports=up", "rule add s id=2 to=g service=ssh action=allow",
		"rule add s id=3 to=port:vm2 action=allow", NULL});
	struct flow_key key = packet(IP(10, 0, 0, 7), IP(10, 0, 0, 1));

	assert_true(policy_rule_covers(p, 1, &key));
	assert_false(policy_rule_covers(p, 2, &key));
	assert_false(policy_rule_covers(p, 3, &key));
	key.tp_dst = XVS_BE16(22);
	assert_true(policy_rule_covers(p, 2, &key));
	policy_put(p);
}

static void note(void *aux, const struct policy_change *change)
{
	char *text = aux;

	sprintf(text + strlen(text), "%s%u%s", *text ? "," : "", change->rule->id,
		change->kind == POLICY_REMOVED ? "-" : "");
}

/* A command, and what it takes: "1-" is removed, "1" narrowed. */
static const struct {
	const char *line, *want;
} changes[] = {
	{"rule set 1 log=yes", ""},
	{"rule set 1 name=one", ""},
	{"rule set 1 action=drop", "1-,2,3,4,4294967295"},
	{"rule set 1 enabled=no", "1-"},
	{"rule del 1", "1-"},
	{"section del s", "1-,2-,3-,4-"},
	{"rule set 5 action=allow", ""},
	{"rule del 5", ""},
	{"default set action=drop", "4294967295-"},
	{"rule set 1 to=any", ""},
	{"rule set 1 to=g", "1"},
	{"rule set 1 from=g,10.7.0.0/16", ""},
	{"rule set 1 from=10.7.0.0/16", "1"},
	{"rule set 1 from=any", ""},
	{"rule set 1 service=http,ssh,ping", ""},
	{"rule set 1 service=http", "1"},
	{"rule set 1 direction=in", "1-"},
	{"rule set 1 applied-to=tag:red", "1-"},
	{"rule set 2 applied-to=any", ""},
	{"group set g addresses+=10.8.0.1", ""},
	{"group set g addresses-=10.8.0.1", ""},
	{"group set g addresses-=10.5.0.1", "1,3"},
	{"group set inner tags-=blue", "1,3"},
	{"group set inner tags+=red", ""},
	{"group set g groups=", "1,3"},
	{"group set g fqdns=example.org", ""},
	{"service set mine terms+=tcp:7", ""},
	{"service set mine terms-=tcp:1", "4"},
	{"rule set 1 section=t", "1,4294967295"},
	{"rule set 4 section=t position=1", ""},
	{"rule set 5 section=s position=2", "2,3,4,4294967295"},
	{"rule add t action=drop", "4294967295"},
	{"rule add s action=reject position=4 from=10.0.0.1", "4,4294967295"},
	{"rule add s action=drop enabled=no position=1", ""},
	{"rule set 5 action=drop", ""},
	{"rule set 5 from=g", ""},
};

TEST(policy, tells_what_a_version_takes)
{
	const char *const base[] = {
		"section add s",
		"section add t",
		"group add inner tags=blue",
		"group add g addresses=10.5.0.1,10.5.0.2 groups=inner",
		"service add mine terms=tcp:1,tcp:2",
		"rule add s id=1 from=g service=http,ssh action=allow",
		"rule add s id=2 applied-to=tag:red action=allow",
		"rule add s id=3 to=g action=allow",
		"rule add s id=4 service=mine action=allow",
		"rule add t id=5 action=reject",
		NULL,
	};
	struct policy *p = make(base);

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct policy *next;
		char got[200] = "";

		assert_int_equal(policy_edit(p, &next), 0);
		apply(next, changes[i].line);
		assert_int_equal(policy_compile(next), 0);
		assert_int_equal(policy_diff(p, next, note, got), 0);
		ROW_CHECK(changes[i].line, !strcmp(got, changes[i].want), "'%s', not '%s'", got,
			  changes[i].want);
		policy_put(next);
	}
	policy_put(p);
}

TEST(policy, a_port_that_goes_narrows_what_names_it)
{
	struct policy *p = make(
		(const char *const[]){"section add s", "rule add s id=1 from=tag:red action=allow",
				      "rule add s id=2 from=10.0.0.0/8 action=allow",
				      "rule add s id=3 applied-to=port:vm1 action=allow", NULL});
	struct policy *next;
	char got[100] = "";

	assert_int_equal(policy_edit(p, &next), 0);
	policy_del_port(next, 1);
	assert_int_equal(policy_compile(next), 0);
	assert_int_equal(policy_diff(p, next, note, got), 0);
	assert_string_equal(got, "1,3");
	policy_put(p);
	policy_put(next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(policy, the_first_rule_that_matches_decides),
		TEST_ROW(policy, the_default_rule_is_last_and_stateful),
		TEST_ROW(policy, both_ends_are_judged_by_their_direction),
		TEST_ROW(policy, a_port_as_an_end_is_the_port_and_its_addresses),
		TEST_ROW(policy, ports_come_go_and_change_with_versions),
		TEST_ROW(policy, refuses_ports_that_cannot_be),
		TEST_ROW(policy, excluded_ports_are_no_subjects),
		TEST_ROW(policy, services),
		TEST_ROW(policy, empty_groups_and_rules_that_are_off_match_nothing),
		TEST_ROW(policy, hits_stay_with_an_edited_rule),
		TEST_ROW(policy, names_in_dns_are_members_for_their_time),
		TEST_ROW(policy, a_name_has_so_many_addresses),
		TEST_ROW(policy, tells_whether_a_rule_still_covers_a_connection),
		TEST_ROW(policy, what_a_vnic_refuses_now_is_not_covered),
		TEST_ROW(policy, what_no_address_tells_is_taken_to_be_covered),
		TEST_ROW(policy, tells_what_a_version_takes),
		TEST_ROW(policy, a_port_that_goes_narrows_what_names_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
