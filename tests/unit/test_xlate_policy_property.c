// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Translation under a firewall policy: what is done with a packet depends on no bit that
 * its megaflow's mask does not have [I5], in the pass that tracks and in the one that
 * judges, whatever the tables rewrite on the way.
 */
#include "proto.h"
#include "sw_fixture.h"
#include "test.h"

static const char *const base =
	"port vm0 1 addresses=10.0.0.1,2001:db8::1 policy-tag=web\n"
	"port vm1 2 addresses=10.0.0.2,2001:db8::2 policy-tag=db\n"
	"port vm2 3\n"
	"port up 9\n"
	"rule table=0,priority=9,ip,nw_dst=10.0.0.2,actions=output:vm1\n"
	"rule table=0,priority=10,tcp,nw_dst=10.0.1.1,actions=set_field:99->tcp_dst,output:vm1\n"
	"rule table=0,priority=9,ip,nw_dst=10.0.1.0/24,actions=set_field:10.0.0.2->nw_dst,"
	"output:vm1\n"
	"rule table=0,priority=8,ip,nw_dst=10.0.2.0/24,actions=ct(table=1,zone=7)\n"
	"rule table=0,priority=8,ip,nw_dst=10.0.3.0/24,actions=flood\n"
	"rule table=0,priority=7,ip,nw_tos=4,actions=output:vm1,push_vlan:0x8100,output:up\n"
	"rule table=0,priority=6,actions=output:vm1,output:vm2\n"
	"rule table=1,priority=1,actions=output:vm2\n";

static const char *const policies[] = {
	"policy section add a\n"
	"policy rule add a id=1 from=tag:web to=tag:db service=tcp:80-99 action=allow log=yes\n"
	"policy rule add a id=2 service=udp action=reject\n"
	"policy rule add a id=3 from=10.0.0.0/9 to=10.0.0.0/14 action=allow direction=out\n"
	"policy rule add a id=4 service=icmp action=allow\n"
	"policy default set action=drop\n",
	"policy exclude add up\n"
	"policy section add a tcp-strict=yes\n"
	"policy section add b stateful=no\n"
	"policy rule add a id=1 to=port:vm1 service=tcp action=allow\n"
	"policy rule add b id=2 service=udp:53,icmp6 action=allow\n"
	"policy rule add b id=3 from=10.0.0.1,2001:db8::/33 action=reject log=yes\n",
	"policy section add a\n"
	"policy rule add a id=1 to=fqdn:*.example.org action=allow\n"
	"policy rule add a id=2 service=dns,tcp:22 action=allow applied-to=port:vm0\n"
	"policy default set action=reject log=yes\n",
};

static const __u16 in_ports[] = {1, 2, 3, 9};

/* Addresses, ports and flags near those that are in rules. */
static void random_key(uint64_t *seed, struct flow_key *k)
{
	static const __u8 protos[] = {PROTO_TCP, PROTO_UDP, PROTO_ICMP, PROTO_ICMPV6};
	static const __u16 ports[] = {22, 53, 80, 99, 100, 128, 134, 135, 136, 143};
	bool v6 = !test_below(seed, 4);

	memset(k, 0, sizeof(*k));
	k->in_port = in_ports[test_below(seed, 4)];
	k->dl_type = XVS_BE16(v6 ? DL_TYPE_IPV6 : DL_TYPE_IP);
	k->dl_src[5] = (__u8)test_below(seed, 3);
	k->nw_proto = protos[test_below(seed, 4)];
	k->nw_tos = test_below(seed, 3) ? 0 : 4;
	k->nw_ttl = 64;
	if (v6) {
		memcpy(k->ipv6_src, "\x20\x01\x0d\xb8", 4);
		memcpy(k->ipv6_dst, "\x20\x01\x0d\xb8", 4);
		k->ipv6_src[15] = (__u8)test_below(seed, 4);
		k->ipv6_dst[15] = (__u8)test_below(seed, 4);
	} else {
		k->nw_src = XVS_BE32(0x0a000000 | test_below(seed, 4));
		k->nw_dst = XVS_BE32(0x0a000000 | test_below(seed, 5) << 8 | test_below(seed, 4));
	}
	k->tp_src = XVS_BE16(ports[test_below(seed, 10)]);
	k->tp_dst = XVS_BE16(ports[test_below(seed, 10)]);
	if (k->nw_proto == PROTO_TCP)
		k->tcp_flags = XVS_BE16((__u16)test_below(seed, 64));
}

static void make_judged(uint64_t *seed, struct flow_key *k)
{
	static const __u8 states[] = {
		XVS_CT_NEW,
		XVS_CT_NEW,
		XVS_CT_EST,
		XVS_CT_EST | XVS_CT_RPL,
		XVS_CT_INV,
		XVS_CT_REL,
		XVS_CT_REL | XVS_CT_NEW,
	};

	for (__u32 i = 0; i < 4; i++)
		if (in_ports[i] == k->in_port)
			k->recirc_id = i + 1;
	k->ct_zone = 0xff00;
	k->ct_state = XVS_CT_TRK | states[test_below(seed, sizeof(states))];
}

struct result {
	struct flow_key mask;
	enum xvs_verdict verdict;
	enum xvs_drop_reason reason;
	size_t n_ops;
	struct xvs_op ops[XVS_MAX_PROGRAM_OPS];
};

static struct xlate_out xout;

static void translate(struct sw_fixture *f, const struct flow_key *key, struct result *r)
{
	struct xlate_in in = {.env = &f->env, .sw = f->sw, .key = key, .now_ms = 5000};

	assert_int_equal(xlate(&in, &xout), 0);
	memset(r, 0, sizeof(*r));
	r->mask = xout.mask;
	r->verdict = xout.verdict;
	r->reason = xout.verdict == XVS_VERDICT_DROP ? xout.reason : 0;
	r->n_ops = xout.n_ops;
	memcpy(r->ops, xout.ops, xout.n_ops * sizeof(xout.ops[0]));
}

/* Another packet of the megaflow: as the fields of its protocols allow. */
static struct flow_key of_megaflow(uint64_t *seed, const struct flow_key *key,
				   const struct flow_key *mask)
{
	struct flow_key other = *key, has, random;

	flow_exact_mask(key, &has);
	if (test_below(seed, 2)) {
		random_key(seed, &random);
		make_judged(seed, &random);
	} else {
		for (int i = 0; i < FLOW_KEY_WORDS; i++)
			random.w[i] = test_random(seed);
	}
	/* What says which fields there are stays, so that it is a packet. */
	has.dl_type = 0;
	has.nw_proto = 0;
	has.nw_frag = 0;
	has.vlan_tci = has.vlan_tci1 = 0;
	has.recirc_id = 0;
	has.in_port = 0;
	for (int i = FLOW_KEY_OWN_WORDS; i < FLOW_KEY_WORDS; i++) {
		__u64 bits = has.w[i] & ~mask->w[i];

		other.w[i] = (key->w[i] & ~bits) | (random.w[i] & bits);
	}
	return other;
}

static void check_flow(struct sw_fixture *f, uint64_t *seed, const struct flow_key *key,
		       unsigned long long first)
{
	static struct result want, got;

	translate(f, key, &want);
	for (int i = 0; i < 6; i++) {
		struct flow_key other = of_megaflow(seed, key, &want.mask);

		translate(f, &other, &got);
		if (memcmp(&got, &want, sizeof(got)) != 0) {
			char *a = sw_fixture_result(f, key, &xout);

			print_error("seed %llu: packets of one megaflow differ; the other is\n%s\n",
				    first, a);
			free(a);
			fail();
		}
	}
}

static void check_table(unsigned long long first)
{
	uint64_t seed = first;
	struct sw_fixture f;
	struct flow_key key;

	sw_fixture_init(&f);
	sw_fixture_lines(&f, base);
	sw_fixture_lines(&f, policies[first % 3]);
	/* The pass that tracks gives the next one its number: 1 to 4. */
	for (int i = 0; i < 200; i++) {
		random_key(&seed, &key);
		if (i < 4) {
			key.in_port = in_ports[i];
			key.nw_proto = PROTO_TCP;
		} else if (test_below(&seed, 8)) {
			make_judged(&seed, &key);
		}
		check_flow(&f, &seed, &key, first);
	}
	xlate_out_fini(&xout);
	memset(&xout, 0, sizeof(xout));
	sw_fixture_fini(&f);
}

TEST(xlate_policy_property, no_bit_outside_of_the_mask_decides)
{
	test_for_tables(check_table, 60, 0x90117);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(xlate_policy_property, no_bit_outside_of_the_mask_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
