// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The choice of addresses and ports for translated connections (bpf/ct_nat.h) in user
 * space: what is kept, ranges to their last port, and that no two connections have the
 * same answers.
 */
#include "test.h"

#include <pthread.h>

#include "selftests/packet.h"
#include "user_stage.h"
#include "ct_translate.h"

#define ZONE 5
#define NOW 1000000u
#define SLOT 1 /* of xvs_ct_actions */
#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_GRE 47
#define SERVER 0xc6336401u /* 198.51.100.1 */
#define IP4_LAST 0x0b000001u /* 11.0.0.1, a client more */

static struct user_stage stage;
static struct xvs_pkt pkt;
static struct xvs_ct_action *action;

static void forget_all(void)
{
	size_t n = stage.dp->config.n_ct_buckets;

	memset(stage.tables.ct_buckets, 0, n * sizeof(struct xvs_ct_bucket));
	memset(stage.tables.ct_zones, 0, XVS_CT_ZONES * sizeof(struct xvs_ct_zone));
	memset(stage.scratch.nat_spent, 0, sizeof(stage.scratch.nat_spent));
	stage.tables.ct_zones[ZONE].max_half = ~0u;
}

static void range4(__u16 flags, __u32 min, __u32 max, __u16 port_min, __u16 port_max)
{
	memset(action, 0, sizeof(*action));
	action->zone = ZONE;
	action->flags = XVS_CT_A_COMMIT | XVS_CT_A_NAT | flags;
	action->nat_family = min ? 4 : 0;
	action->nat_min.ip4 = XVS_BE32(min);
	action->nat_max.ip4 = XVS_BE32(max);
	action->port_min = port_min;
	action->port_max = port_max;
}

static struct xvs_ct_tuple tuple4(__u8 proto, __u32 src, __u16 sport, __u32 dst, __u16 dport)
{
	return (struct xvs_ct_tuple){.src.ip4 = XVS_BE32(src),
				     .dst.ip4 = XVS_BE32(dst),
				     .sport = XVS_BE16(sport),
				     .dport = XVS_BE16(dport),
				     .zone = ZONE,
				     .proto = proto,
				     .family = 4};
}

/* A new connection, entered as bpf/ct.h does it: 0 or -XVS_DROP_*. */
static int enter(struct xvs_ct_tuple t)
{
	struct pkt_ct *ct = &pkt.ct;
	int place;

	memset(ct, 0, sizeof(*ct));
	ct->tuple = t;
	ct->now = (__u32)stage.tables.jiffies;
	ct->slot = SLOT;
	ct->alias = ct->place = ct->master = XVS_CT_NONE;
	ct->want = xvs_ct_word(0, XVS_CT_F_HALF, XVS_CT_S_UNREPLIED, 0, ct->now + 30000);
	pkt.nat.chance = action->flags & XVS_CT_A_RANDOM ? stage.tables.ns | 1 : 0;
	place = ct_nat_choose(&pkt);
	if (place < 0)
		return place;
	ct->chosen = 1;
	place = ct_enter_connection(&pkt);
	if (place < 0)
		return place;
	ct->place = (__u32)place;
	return 0;
}

/* Whose packet is this: the entry's index, and direction. */
static __u32 whose(struct xvs_ct_tuple t, __u8 *dir)
{
	static struct xvs_pkt other;

	other.ct.tuple = t;
	other.ct.now = (__u32)stage.tables.jiffies;
	ct_find(&other);
	*dir = other.ct.dir;
	return other.ct.place;
}

static void check_found(void)
{
	__u32 place = pkt.ct.place;
	__u8 dir;

	assert_int_equal(whose(pkt.ct.tuple, &dir), place);
	assert_int_equal(dir, 0);
	assert_int_equal(whose(pkt.ct.reply, &dir), place);
	assert_int_equal(dir, 1);
}

static __u32 reply_dst(void)
{
	return XVS_FROM_BE32(pkt.ct.reply.dst.ip4);
}

static __u16 reply_dport(void)
{
	return XVS_FROM_BE16(pkt.ct.reply.dport);
}

TEST(ct_nat, a_port_that_is_free_is_kept)
{
	forget_all();
	range4(XVS_CT_A_SNAT, IP4_GW, IP4_GW, 0, 0);
	for (__u32 port = 1; port <= 65535; port += 1285) {
		assert_int_equal(enter(tuple4(PROTO_TCP, IP4_VM1, (__u16)port, SERVER, 80)), 0);
		assert_int_equal(reply_dst(), IP4_GW);
		assert_int_equal(reply_dport(), port);
		assert_int_equal(pkt.ct.reply.sport, XVS_BE16(80));
		assert_int_equal(pkt.ct.entry_flags, XVS_CT_E_SNAT);
		check_found();
	}
}

/* The second client with the same port gets another one of its class. */
TEST(ct_nat, another_port_is_of_the_same_class)
{
	static const struct {
		__u16 port, min, max;
	} classes[] = {{1, 1, 511},       {511, 1, 511},       {512, 600, 1023},
		       {1023, 600, 1023}, {1024, 1024, 65535}, {65535, 1024, 65535}};

	range4(XVS_CT_A_SNAT, IP4_GW, IP4_GW, 0, 0);
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		forget_all();
		for (__u32 client = 0; client < 20; client++) {
			assert_int_equal(enter(tuple4(PROTO_UDP, IP4_VM1 + client, classes[i].port,
						      SERVER, 53)),
					 0);
			assert_in_range(reply_dport(), classes[i].min, classes[i].max);
			check_found();
		}
	}
}

/* For another server the same port is as good. */
TEST(ct_nat, a_port_serves_many_servers)
{
	forget_all();
	range4(XVS_CT_A_SNAT, IP4_GW, IP4_GW, 2000, 2000);
	for (__u32 server = 0; server < 1000; server++)
		assert_int_equal(enter(tuple4(PROTO_TCP, IP4_VM1, 40000, SERVER + server, 80)), 0);
	for (__u16 port = 0; port < 100; port++)
		assert_int_equal(enter(tuple4(PROTO_TCP, IP4_VM1, 40000, SERVER, 8000 + port)), 0);
	assert_int_equal(enter(tuple4(PROTO_TCP, IP4_VM2, 40000, SERVER, 80)),
			 -XVS_DROP_NAT_EXHAUSTED);
}

/* All of a range, each once; then nothing; then what has become free. */
static void check_exhausts(__u8 proto, __u32 n_addrs, __u16 port_min, __u16 port_max)
{
	__u32 n = n_addrs * (port_max - port_min + 1u);
	static bool seen[8][65536];
	struct xvs_ct_tuple freed;
	__u64 word;

	forget_all();
	memset(seen, 0, sizeof(seen));
	range4(XVS_CT_A_SNAT, IP4_GW, IP4_GW + n_addrs - 1, port_min, port_max);
	for (__u32 i = 0; i < n; i++) {
		assert_int_equal(enter(tuple4(proto, IP4_VM1 + i, 40000, SERVER, 80)), 0);
		assert_in_range(reply_dst(), IP4_GW, IP4_GW + n_addrs - 1);
		assert_in_range(reply_dport(), port_min, port_max);
		assert_false(seen[reply_dst() - IP4_GW][reply_dport()]);
		seen[reply_dst() - IP4_GW][reply_dport()] = true;
	}
	freed = pkt.ct.reply;
	assert_int_equal(enter(tuple4(proto, IP4_VM1 + n, 40000, SERVER, 80)),
			 -XVS_DROP_NAT_EXHAUSTED);
	assert_int_equal(stage.tables.ct_zones[ZONE].n_conns, n);
	/* The last one ends ahead of its time; its alias does not know yet. */
	pkt.ct.tuple = freed;
	assert_non_null(ct_find(&pkt));
	word = ct_word_of(pkt.ct.place);
	assert_true(ct_swap(pkt.ct.place, word, ct_word_ended(word, pkt.ct.now)));
	assert_int_equal(enter(tuple4(proto, IP4_VM1 + n, 40000, SERVER, 80)), 0);
	assert_memory_equal(&pkt.ct.reply, &freed, sizeof(freed));
	check_found();
	assert_int_equal(enter(tuple4(proto, IP4_VM1 + n + 1, 40000, SERVER, 80)),
			 -XVS_DROP_NAT_EXHAUSTED);
}

TEST(ct_nat, a_small_range_to_its_last_port)
{
	check_exhausts(PROTO_TCP, 1, 2000, 2000);
	check_exhausts(PROTO_TCP, 1, 2000, 2003);
	check_exhausts(PROTO_UDP, 3, 65534, 65535);
	check_exhausts(PROTO_ICMP, 1, 1, 7);
	check_exhausts(PROTO_TCP, 8, 1, 31);
}

/* Without ports an address has one connection with each server. */
TEST(ct_nat, addresses_alone)
{
	forget_all();
	range4(XVS_CT_A_SNAT, IP4_GW, IP4_GW + 3, 2000, 3000);
	for (__u32 i = 0; i < 4; i++)
		assert_int_equal(enter(tuple4(PROTO_GRE, IP4_VM1 + i, 0, SERVER, 0)), 0);
	assert_int_equal(enter(tuple4(PROTO_GRE, IP4_VM1 + 9, 0, SERVER, 0)),
			 -XVS_DROP_NAT_EXHAUSTED);
	assert_int_equal(enter(tuple4(PROTO_GRE, IP4_VM1 + 9, 0, SERVER + 1, 0)), 0);
}

/* 64,512 connections to one server, whose clients all want the same port; then none, and
 * a second later the one that has become free. */
TEST(ct_nat, the_whole_range)
{
	static bool seen[65536];
	struct xvs_ct_tuple freed = {0};
	__u64 word;

	forget_all();
	memset(seen, 0, sizeof(seen));
	range4(XVS_CT_A_SNAT, IP4_GW, IP4_GW, 0, 0);
	for (__u32 i = 0; i < 64512; i++) {
		int ret = enter(tuple4(PROTO_TCP, IP4_VM1 + i, 40000, SERVER, 443));

		if (ret)
			print_error("connection %u: %d\n", i, ret);
		assert_int_equal(ret, 0);
		assert_true(reply_dport() >= 1024);
		assert_false(seen[reply_dport()]);
		seen[reply_dport()] = true;
		if (i == 30000)
			freed = pkt.ct.reply;
	}
	assert_int_equal(enter(tuple4(PROTO_TCP, IP4_LAST, 40000, SERVER, 443)),
			 -XVS_DROP_NAT_EXHAUSTED);
	assert_int_equal(stage.tables.ct_zones[ZONE].n_conns, 64512);
	pkt.ct.tuple = freed;
	assert_non_null(ct_find(&pkt));
	word = ct_word_of(pkt.ct.place);
	assert_true(ct_swap(pkt.ct.place, word, ct_word_ended(word, pkt.ct.now)));
	assert_int_equal(enter(tuple4(PROTO_TCP, IP4_LAST, 40000, SERVER, 443)),
			 -XVS_DROP_NAT_EXHAUSTED);
	stage.tables.jiffies += stage.dp->config.hz;
	assert_int_equal(enter(tuple4(PROTO_TCP, IP4_LAST, 40000, SERVER, 443)), 0);
	assert_memory_equal(&pkt.ct.reply, &freed, sizeof(freed));
	assert_int_equal(enter(tuple4(PROTO_TCP, IP4_LAST + 1, 40000, SERVER, 443)),
			 -XVS_DROP_NAT_EXHAUSTED);
	stage.tables.jiffies = NOW;
}

/* The gateway itself is a client: what it sends looks like answers to an alias, and is its
 * own all the same once it is translated. */
TEST(ct_nat, the_gateway_is_a_client)
{
	forget_all();
	range4(XVS_CT_A_SNAT, IP4_GW, IP4_GW, 0, 0);
	assert_int_equal(enter(tuple4(PROTO_TCP, IP4_VM1, 40000, SERVER, 443)), 0);
	assert_int_equal(reply_dport(), 40000);
	assert_int_equal(enter(tuple4(PROTO_TCP, IP4_GW, 40000, SERVER, 443)), 0);
	assert_int_not_equal(reply_dport(), 40000);
	check_found();
}

/* Each client from its own port: the search is over before it begins. */
TEST(ct_nat, the_whole_range_of_one_client)
{
	forget_all();
	range4(XVS_CT_A_SNAT, IP4_GW, IP4_GW, 0, 0);
	for (__u32 port = 1024; port < 65536; port++) {
		assert_int_equal(enter(tuple4(PROTO_TCP, IP4_VM1, (__u16)port, SERVER, 443)), 0);
		assert_int_equal(reply_dport(), port);
	}
	assert_int_equal(enter(tuple4(PROTO_TCP, IP4_VM2, 5000, SERVER, 443)),
			 -XVS_DROP_NAT_EXHAUSTED);
}

TEST(ct_nat, persistent_is_by_client)
{
	__u32 n_other = 0;

	forget_all();
	range4(XVS_CT_A_SNAT | XVS_CT_A_PERSISTENT, IP4_GW, IP4_GW + 15, 0, 0);
	for (__u32 client = 0; client < 30; client++) {
		__u32 first = 0;

		for (__u16 i = 0; i < 30; i++) {
			assert_int_equal(enter(tuple4(PROTO_TCP, IP4_VM1 + client, 5000 + i,
						      SERVER + i, 80)),
					 0);
			if (!i)
				first = reply_dst();
			assert_int_equal(reply_dst(), first);
		}
		n_other += first != IP4_GW;
	}
	assert_true(n_other > 15); /* and clients are spread */
	forget_all();
	range4(XVS_CT_A_SNAT, IP4_GW, IP4_GW + 15, 0, 0);
	n_other = 0;
	for (__u16 i = 0; i < 30; i++) {
		assert_int_equal(enter(tuple4(PROTO_TCP, IP4_VM1, 5000 + i, SERVER + i, 80)), 0);
		n_other += reply_dst() != IP4_GW;
	}
	assert_true(n_other > 15);
}

TEST(ct_nat, random_keeps_no_port)
{
	__u32 n_kept = 0;

	forget_all();
	range4(XVS_CT_A_SNAT | XVS_CT_A_RANDOM, IP4_GW, IP4_GW, 0, 0);
	for (__u16 i = 0; i < 100; i++) {
		stage.tables.ns = i * 1000u;
		assert_int_equal(enter(tuple4(PROTO_TCP, IP4_VM1, 5000 + i, SERVER, 80)), 0);
		n_kept += reply_dport() == 5000 + i;
		check_found();
	}
	assert_true(n_kept <= 2);
}

TEST(ct_nat, destination_keeps_the_clients_port)
{
	forget_all();
	range4(XVS_CT_A_DNAT, IP4_VM2, IP4_VM2, 8080, 8080);
	assert_int_equal(enter(tuple4(PROTO_TCP, IP4_VM1, 40000, SERVER, 80)), 0);
	assert_int_equal(pkt.ct.reply.src.ip4, XVS_BE32(IP4_VM2));
	assert_int_equal(pkt.ct.reply.sport, XVS_BE16(8080));
	assert_int_equal(reply_dst(), IP4_VM1);
	assert_int_equal(reply_dport(), 40000);
	assert_int_equal(pkt.ct.entry_flags, XVS_CT_E_DNAT);
	check_found();
	/* Another address of the same server, from the same port. */
	assert_int_equal(enter(tuple4(PROTO_TCP, IP4_VM1, 40000, SERVER + 1, 80)), 0);
	assert_int_equal(reply_dst(), IP4_VM1);
	assert_int_not_equal(reply_dport(), 40000);
	assert_int_equal(pkt.ct.entry_flags, XVS_CT_E_DNAT | XVS_CT_E_SNAT);
	check_found();
}

/* A range of servers: each client's connections go to all, or to one. */
TEST(ct_nat, destinations_share_the_load)
{
	__u32 hits[4] = {0};

	forget_all();
	range4(XVS_CT_A_DNAT, IP4_VM2, IP4_VM2 + 3, 0, 0);
	for (__u16 i = 0; i < 400; i++) {
		assert_int_equal(enter(tuple4(PROTO_TCP, IP4_VM1, 5000 + i, SERVER, 80)), 0);
		hits[XVS_FROM_BE32(pkt.ct.reply.src.ip4) - IP4_VM2]++;
		assert_int_equal(pkt.ct.reply.sport, XVS_BE16(80));
	}
	for (int i = 0; i < 4; i++)
		assert_in_range(hits[i], 60, 140);
}

TEST(ct_nat, an_icmp_id_is_the_clients)
{
	forget_all();
	range4(XVS_CT_A_SNAT, IP4_GW, IP4_GW, 0, 0);
	for (__u32 client = 0; client < 50; client++) {
		assert_int_equal(enter(tuple4(PROTO_ICMP, IP4_VM1 + client, 7, SERVER, 7)), 0);
		assert_int_equal(pkt.ct.reply.sport, pkt.ct.reply.dport);
		assert_int_equal(client == 0, reply_dport() == 7);
		assert_int_equal(pkt.ct.entry_flags, XVS_CT_E_SNAT);
		check_found();
	}
}

/* What comes out as it was needs no alias. */
TEST(ct_nat, nothing_to_translate)
{
	forget_all();
	range4(XVS_CT_A_SNAT, IP4_VM1, IP4_VM1, 0, 0);
	assert_int_equal(enter(tuple4(PROTO_TCP, IP4_VM1, 40000, SERVER, 80)), 0);
	assert_int_equal(pkt.ct.entry_flags, 0);
	assert_int_equal(pkt.ct.alias, XVS_CT_NONE);
	check_found();
	/* Another client comes to look like that one. */
	assert_int_equal(enter(tuple4(PROTO_TCP, IP4_VM2, 40000, SERVER, 80)), 0);
	assert_int_not_equal(reply_dport(), 40000);
	check_found();
	/* Of the other family there is no address to be given. */
	range4(XVS_CT_A_SNAT, IP4_GW, IP4_GW, 0, 0);
	assert_int_equal(enter((struct xvs_ct_tuple){.src.ip6 = IP6_VM1,
						     .dst.ip6 = IP6_VM2,
						     .sport = 1,
						     .dport = 2,
						     .zone = ZONE,
						     .proto = PROTO_UDP,
						     .family = 6}),
			 0);
	assert_int_equal(pkt.ct.entry_flags, 0);
}

/* Ranges of IPv6, also where the low half of the address overflows. */
TEST(ct_nat, ipv6_ranges)
{
	struct xvs_ct_tuple t = {.src.ip6 = IP6_VM1,
				 .dst.ip6 = IP6_VM2,
				 .sport = XVS_BE16(40000),
				 .dport = XVS_BE16(80),
				 .zone = ZONE,
				 .proto = PROTO_TCP,
				 .family = 6};
	unsigned int seen = 0;

	forget_all();
	range4(XVS_CT_A_SNAT, 0, 0, 3000, 3000);
	action->nat_family = 6;
	action->nat_min = (struct xvs_ct_addr){.ip6 = IP6_ADDR(0xf0)};
	action->nat_max = (struct xvs_ct_addr){.ip6 = IP6_ADDR(0xf3)};
	for (int i = 0; i < 4; i++) {
		t.src.ip6[14] = (__u8)i;
		assert_int_equal(enter(t), 0);
		assert_memory_equal(pkt.ct.reply.dst.ip6, action->nat_min.ip6, 15);
		assert_in_range(pkt.ct.reply.dst.ip6[15], 0xf0, 0xf3);
		seen |= 1u << (pkt.ct.reply.dst.ip6[15] - 0xf0);
		check_found();
	}
	assert_int_equal(seen, 15);
	t.src.ip6[14] = 4;
	assert_int_equal(enter(t), -XVS_DROP_NAT_EXHAUSTED);
	/* A range over the halves' border begins at its first address. */
	memset(action->nat_min.ip6 + 8, 0xff, 8);
	action->nat_max = action->nat_min;
	action->nat_max.ip6[7] = 1;
	memset(action->nat_max.ip6 + 8, 0, 8);
	assert_int_equal(enter(t), 0);
	check_found();
}

/* Connections of all kinds at random, entered and ended: no two living ones have the
 * same answers, and each packet is its connection's. */
TEST(ct_nat, no_two_have_the_same_answers)
{
	uint64_t seed = test_seed(20261123);
	enum { N = 2000 };
	static struct {
		struct xvs_ct_tuple tuple, reply;
		__u32 place;
		bool lives;
	} conns[N];
	unsigned int n_entered = 0, n_clashes = 0;

	forget_all();
	memset(conns, 0, sizeof(conns));
	for (unsigned int round = 0; round < 60000; round++) {
		unsigned int i = test_below(&seed, N);
		__u8 dir;
		int ret;

		if (conns[i].lives) {
			__u64 word = ct_word_of(conns[i].place);

			assert_int_equal(whose(conns[i].tuple, &dir), conns[i].place);
			assert_int_equal(dir, 0);
			assert_int_equal(whose(conns[i].reply, &dir), conns[i].place);
			assert_int_equal(dir, 1);
			ct_swap(conns[i].place, word, ct_word_ended(word, NOW));
			conns[i].lives = false;
			continue;
		}
		range4(test_below(&seed, 3) ? XVS_CT_A_SNAT : XVS_CT_A_DNAT,
		       IP4_GW + test_below(&seed, 2), IP4_GW + 2, test_below(&seed, 2) ? 2000 : 0,
		       2100);
		ret = enter(tuple4(
			test_below(&seed, 4) ? PROTO_UDP : PROTO_TCP,
			IP4_VM1 + test_below(&seed, 20), (__u16)(2000 + test_below(&seed, 40)),
			SERVER + test_below(&seed, 3), (__u16)(80 + test_below(&seed, 2))));
		if (ret == CT_TAKEN) /* the same connection, again */
			continue;
		if (ret == -XVS_DROP_NAT_EXHAUSTED) {
			n_clashes++;
			continue;
		}
		assert_int_equal(ret, 0);
		conns[i].tuple = pkt.ct.tuple;
		conns[i].reply = pkt.ct.reply;
		conns[i].place = pkt.ct.place;
		conns[i].lives = true;
		n_entered++;
	}
	print_message("%u entered, %u found no port\n", n_entered, n_clashes);
	assert_true(n_entered > 10000);
}

/* --- several at once --- */

#define N_THREADS 4
#define N_EACH 5000

struct worker {
	pthread_t thread;
	__u32 number;
	struct xvs_user_tables tables;
	struct xvs_scratch scratch;
	struct xvs_pkt pkt;
	struct {
		__u32 place;
		__be16 port;
	} got[N_EACH];
	__u32 n_lost;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	struct pkt_ct *ct = &w->pkt.ct;

	user_tables = &w->tables;
	for (__u32 i = 0; i < N_EACH; i++) {
		int ret, tries = 0;

		do {
			memset(ct, 0, sizeof(*ct));
			ct->tuple = tuple4(PROTO_UDP, IP4_VM1 + (i * N_THREADS + w->number), 7777,
					   SERVER, 53);
			ct->now = (__u32)w->tables.jiffies;
			ct->slot = SLOT;
			ct->alias = ct->place = ct->master = XVS_CT_NONE;
			ct->want = xvs_ct_word(0, XVS_CT_F_HALF, XVS_CT_S_UNREPLIED, 0,
					       ct->now + 30000);
			ret = ct_nat_choose(&w->pkt);
			ct->chosen = !ret;
			if (!ret)
				ret = ct_enter_connection(&w->pkt);
		} while (ret == CT_TAKEN && ++tries < 100);
		w->n_lost += ret < 0;
		w->got[i].place = ret < 0 ? XVS_CT_NONE : (__u32)ret;
		w->got[i].port = ct->reply.dport;
	}
	return NULL;
}

/* As many connections as the range has ports, entered by four threads: each port is
 * somebody's, and nobody's twice. */
TEST(ct_nat, threads_share_a_range)
{
	static struct worker workers[N_THREADS];
	static bool seen[65536];
	__u32 n = 0, n_lost = 0;

	forget_all();
	memset(seen, 0, sizeof(seen));
	range4(XVS_CT_A_SNAT, IP4_GW, IP4_GW, 10000, 10000 + N_THREADS * N_EACH - 1);
	for (__u32 i = 0; i < N_THREADS; i++) {
		struct worker *w = &workers[i];

		memset(w, 0, sizeof(*w));
		w->number = i;
		w->tables = stage.tables;
		w->tables.scratch = &w->scratch;
		assert_int_equal(pthread_create(&w->thread, NULL, work, w), 0);
	}
	for (__u32 i = 0; i < N_THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	for (__u32 i = 0; i < N_THREADS; i++) {
		n_lost += workers[i].n_lost;
		for (__u32 k = 0; k < N_EACH; k++) {
			__u16 port = XVS_FROM_BE16(workers[i].got[k].port);
			struct xvs_ct_tuple back = tuple4(PROTO_UDP, SERVER, 53, IP4_GW, port);
			__u8 dir;

			if (workers[i].got[k].place == XVS_CT_NONE)
				continue;
			assert_false(seen[port]);
			seen[port] = true;
			assert_int_equal(whose(back, &dir), workers[i].got[k].place);
			assert_int_equal(dir, 1);
			n++;
		}
	}
	print_message("%u entered, %u not\n", n, n_lost);
	assert_int_equal(n + n_lost, N_THREADS * N_EACH);
	/* The last ports may be between two searches for a moment. */
	assert_true(n_lost <= 4);
	assert_int_equal(stage.tables.ct_zones[ZONE].n_conns, n);
}

static int open_stage(void **state)
{
	int ret = user_stage_open(&stage);

	user_tables = &stage.tables;
	action = (struct xvs_ct_action *)&stage.tables.ct_actions[SLOT];
	return ret;
}

static int close_stage(void **state)
{
	user_stage_close(&stage);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(ct_nat, a_port_that_is_free_is_kept),
		TEST_ROW(ct_nat, another_port_is_of_the_same_class),
		TEST_ROW(ct_nat, a_port_serves_many_servers),
		TEST_ROW(ct_nat, a_small_range_to_its_last_port),
		TEST_ROW(ct_nat, addresses_alone),
		TEST_ROW(ct_nat, the_whole_range),
		TEST_ROW(ct_nat, the_whole_range_of_one_client),
		TEST_ROW(ct_nat, the_gateway_is_a_client),
		TEST_ROW(ct_nat, persistent_is_by_client),
		TEST_ROW(ct_nat, random_keeps_no_port),
		TEST_ROW(ct_nat, destination_keeps_the_clients_port),
		TEST_ROW(ct_nat, destinations_share_the_load),
		TEST_ROW(ct_nat, an_icmp_id_is_the_clients),
		TEST_ROW(ct_nat, nothing_to_translate),
		TEST_ROW(ct_nat, ipv6_ranges),
		TEST_ROW(ct_nat, no_two_have_the_same_answers),
		TEST_ROW(ct_nat, threads_share_a_range),
	};

	return cmocka_run_group_tests(tests, open_stage, close_stage);
}
