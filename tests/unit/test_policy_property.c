// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Random policies and packets: the rule that decides is that of the linear oracle, in
 * every version at any time; what a version takes is told; bits outside of the mask decide nothing [POL1]; what is
 * printed makes an equal policy [POL5].
 */
#include "policy_gen.h"
#include "test.h"

#define STEPS 12
#define LINES 12
#define PACKETS 60
#define VERSIONS 3

static void show(const struct policy *p, unsigned long long seed, const struct policy_query *q)
{
	struct strbuf b;

	strbuf_init(&b);
	policy_format(&b, p);
	print_error("seed %llu, %s, in_port %u, out_port %u\n%s", seed,
		    policy_direction_name(q->direction), q->in_port, q->out_port, strbuf_str(&b));
	strbuf_fini(&b);
}

/* Another packet for which the mask says the same. */
static void scramble(struct policy_gen *g, struct flow_key *key, struct policy_query *q,
		     const struct flow_key *wc)
{
	/* That it is not known is another question. */
	if (q->in_port && !wc->in_port) {
		q->in_port = g->ports[test_below(&g->seed, POLICY_GEN_PORTS)].port_no;
		if (q->direction == POLICY_OUT)
			q->port_no = q->in_port;
	}
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		key->w[i] ^= test_random(&g->seed) & test_random(&g->seed) & ~wc->w[i];
}

static void check_packet(struct policy_gen *g, const struct policy *p, unsigned long long seed)
{
	struct flow_key key, wc = {0}, wc2 = {0};
	struct policy_verdict v, v2;
	struct policy_query q;
	__u32 want;

	policy_gen_packet(g, &key, &q);
	want = policy_linear_decide(p, &g->world, &q);
	policy_decide(p, &q, &wc, &v);
	if (v.rule->id != want) {
		show(p, seed, &q);
		fail_msg("rule %u decides, not %u", want, v.rule->id);
	}
	policy_decide(p, &q, NULL, &v2);
	assert_ptr_equal(v.rule, v2.rule);
	if (want != POLICY_RULE_DEFAULT)
		assert_ptr_equal(v.section, policy_section_of(p, want));
	scramble(g, &key, &q, &wc);
	policy_decide(p, &q, &wc2, &v2);
	if (v2.rule != v.rule || !flow_equal(&wc, &wc2)) {
		show(p, seed, &q);
		fail_msg("bits outside of the mask decide: %u, %u", v.rule->id, v2.rule->id);
	}
}

static void check_text(const struct policy *p, struct policy_gen *g)
{
	struct strbuf text, again;
	struct policy *copy;
	char *line, *save;

	strbuf_init(&text);
	strbuf_init(&again);
	policy_format(&text, p);
	assert_int_equal(policy_create(1, &copy), 0);
	line = strdup(strbuf_str(&text));
	for (char *at = strtok_r(line, "\n", &save); at; at = strtok_r(NULL, "\n", &save)) {
		struct parse_error err = {0};

		if (policy_apply(copy, at, NULL, &err))
			fail_msg("%s: %s", at, err.message);
	}
	policy_format(&again, copy);
	assert_string_equal(strbuf_str(&text), strbuf_str(&again));
	assert_int_equal(policy_gen_set_ports(g, copy), 0);
	assert_int_equal(policy_gen_learn(g, copy), 0);
	assert_int_equal(policy_compile(copy), 0);
	for (int i = 0; i < PACKETS / 4; i++) {
		struct policy_verdict a, b;
		struct policy_query q;
		struct flow_key key;

		policy_gen_packet(g, &key, &q);
		policy_decide(p, &q, NULL, &a);
		policy_decide(copy, &q, NULL, &b);
		assert_int_equal(a.rule->id, b.rule->id);
	}
	free(line);
	policy_put(copy);
	strbuf_fini(&text);
	strbuf_fini(&again);
}

static struct policy *next_version(struct policy_gen *g, const struct policy *base)
{
	struct policy *draft;
	char line[600];

	assert_int_equal(policy_edit(base, &draft), 0);
	for (int i = 0; i < LINES; i++) {
		policy_gen_line(g, line, sizeof(line));
		policy_apply(draft, line, NULL, NULL);
	}
	assert_int_equal(policy_gen_learn(g, draft), 0);
	assert_int_equal(policy_compile(draft), 0);
	return draft;
}

static void note(void *aux, const struct policy_change *change)
{
	struct policy_rule **told = aux;

	while (*told)
		told++;
	*told = (struct policy_rule *)change->rule;
}

/* The first port that has the address, by number; 0: none. */
static __u16 port_of(const struct policy_gen *g, bool v6, const __u8 *ip)
{
	for (size_t i = 0; i < POLICY_GEN_PORTS; i++)
		for (size_t k = 0; k < g->ports[i].n_addresses; k++)
			if ((g->addresses[i][k].family == POLICY_IPV6) == v6 &&
			    !memcmp(g->addresses[i][k].addr, ip, v6 ? 16 : 4))
				return g->ports[i].port_no;
	return 0;
}

/* The rule that lets a connection out or in; false: none does. NULL: nobody is asked. */
static bool is_let(const struct policy *p, struct policy_query *q, enum policy_direction direction,
		   struct policy_rule **rule)
{
	struct policy_verdict v;

	*rule = NULL;
	q->direction = direction;
	q->port_no = direction == POLICY_OUT ? q->in_port : q->out_port;
	if (!q->port_no)
		return true;
	policy_decide(p, q, NULL, &v);
	*rule = v.rule;
	return v.action == POLICY_ALLOW;
}

static bool is_told(struct policy_rule *const *told, const struct policy_rule *rule)
{
	while (*told && *told != rule)
		told++;
	return *told;
}

/* A connection whose rules nobody is told of may go on. */
static void check_change(struct policy_gen *g, const struct policy *older,
			 const struct policy *newer, unsigned long long seed)
{
	struct policy_rule *told[STEPS * LINES + 2] = {0};

	assert_int_equal(policy_diff(older, newer, note, told), 0);
	for (int i = 0; i < PACKETS; i++) {
		struct policy_rule *rule[2];
		struct policy_query q;
		struct flow_key key;
		bool v6;

		policy_gen_packet(g, &key, &q);
		v6 = key.dl_type == XVS_BE16(0x86dd);
		q.in_port = port_of(g, v6, v6 ? key.ipv6_src : (__u8 *)&key.nw_src);
		q.out_port = port_of(g, v6, v6 ? key.ipv6_dst : (__u8 *)&key.nw_dst);
		if (!is_let(older, &q, POLICY_OUT, &rule[0]) ||
		    !is_let(older, &q, POLICY_IN, &rule[1]) ||
		    (rule[0] && is_told(told, rule[0])) || (rule[1] && is_told(told, rule[1])))
			continue;
		for (int side = 0; side < 2; side++) {
			if (!rule[side] || policy_rule_covers(newer, rule[side]->id, &key))
				continue;
			show(older, seed, &q);
			show(newer, seed, &q);
			fail_msg("nobody is told of rule %u", rule[side]->id);
		}
	}
}

static void check_policy(unsigned long long seed)
{
	struct policy *version[VERSIONS] = {0};
	struct policy_gen g;

	policy_gen_world(&g, seed);
	assert_int_equal(policy_create(seed, &version[0]), 0);
	assert_int_equal(policy_gen_set_ports(&g, version[0]), 0);
	assert_int_equal(policy_compile(version[0]), 0);
	for (int step = 1; step <= STEPS; step++) {
		struct policy *next = next_version(&g, version[(step - 1) % VERSIONS]);

		check_change(&g, version[(step - 1) % VERSIONS], next, seed);
		policy_put(version[step % VERSIONS]);
		version[step % VERSIONS] = next;
		for (int i = 0; i < PACKETS; i++)
			check_packet(&g, version[i % VERSIONS] ? version[i % VERSIONS] : next,
				     seed);
		check_text(next, &g);
	}
	for (int i = 0; i < VERSIONS; i++)
		policy_put(version[i]);
}

TEST(policy_property, same_rule_as_the_linear_oracle)
{
	test_for_tables(check_policy, 150, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(policy_property, same_rule_as_the_linear_oracle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
