// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * SpoofGuard: bindings as text, what passes and what does not, and that no bit
 * outside of the mask decides [SPG1].
 */
#include "test.h"

#include "proto.h"
#include "spoof_guard.h"

#define MAC "52:54:00:00:00:01"
#define BINDINGS MAC ",10.0.0.5,192.168.7.0/24,2001:db8::5,2001:db8:7::/64"

static const __u8 mac[6] = {0x52, 0x54, 0, 0, 0, 1};
static const __u8 other_mac[6] = {0x52, 0x54, 0, 0, 0, 2};

static struct spoof_guard guard_of(const char *text)
{
	struct spoof_guard g = {.on = true};
	struct parse_error err = {0};

	if (spoof_guard_parse(&g, text, &err))
		fail_msg("%s: %s", text, err.message);
	return g;
}

static void check_text(const char *text, const char *want)
{
	struct spoof_guard g = guard_of(text);
	struct strbuf b;

	strbuf_init(&b);
	spoof_guard_format(&g, &b);
	assert_string_equal(strbuf_str(&b), want);
	strbuf_fini(&b);
}

TEST(spoof_guard, text_round_trips)
{
	check_text(BINDINGS, BINDINGS);
	check_text("none", "");
	check_text(" 10.0.0.5 , 10.0.0.5", "10.0.0.5");
	check_text("10.1.2.3/8", "10.0.0.0/8");
	check_text("2001:db8::1/33", "2001:db8::/33");
	check_text("0.0.0.0/0,::/0", "0.0.0.0/0,::/0");
	check_text("FE80::1", "fe80::1");
}

TEST(spoof_guard, errors_have_a_place_and_change_nothing)
{
	static const struct {
		const char *text;
		size_t column, len;
	} rows[] = {
		{"10.0.0.5,10.0.0", 9, 6},    {"10.0.0.5/33", 9, 2},
		{"2001:db8::/129", 11, 3},    {"10.0.0.5/", 9, 1},
		{"52:54:00:00:00", 0, 14},    {"52:54:00:00:00:0g", 0, 17},
		{"53:54:00:00:00:01", 0, 17}, {"ff:ff:ff:ff:ff:ff", 0, 17},
		{"10.0.0.5,", 9, 1},          {"", 0, 1},
		{"none,10.0.0.5", 0, 4},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct spoof_guard g = guard_of(BINDINGS), before = g;
		struct parse_error err = {0};

		ROW_CHECK(rows[i].text, spoof_guard_parse(&g, rows[i].text, &err) < 0, "accepted");
		ROW_CHECK(rows[i].text, err.column == rows[i].column && err.len == rows[i].len,
			  "at %zu, %zu: %s", err.column, err.len, err.message);
		assert_memory_equal(&g, &before, sizeof(g));
	}
}

TEST(spoof_guard, a_port_has_so_many_bindings)
{
	struct spoof_guard g = {0};
	struct parse_error err;
	struct strbuf b;

	strbuf_init(&b);
	for (int i = 0; i < SPOOF_GUARD_MAX; i++)
		strbuf_printf(&b, "%s10.0.0.%d", i ? "," : "", i);
	assert_int_equal(spoof_guard_parse(&g, strbuf_str(&b), &err), 0);
	assert_int_equal(g.n, SPOOF_GUARD_MAX);
	strbuf_add(&b, ",10.0.1.0");
	assert_true(spoof_guard_parse(&g, strbuf_str(&b), &err) < 0);
	strbuf_fini(&b);
}

/* --- verdicts --- */

struct packet_row {
	const char *name;
	__u16 dl_type;
	const char *src; /* of the address family of dl_type */
	const char *dst; /* or ND's target */
	__u8 proto; /* or ARP's operation */
	__u16 tp_src, tp_dst;
	char link; /* ARP's sender, ND's option: 'm' own MAC, 'o' other, 0 none */
	const char *want; /* NULL: passes */
};

static void put_addr(struct flow_key *k, bool ip6, const char *src, const char *dst)
{
	struct spoof_guard g;

	if (src) {
		g = guard_of(src);
		memcpy(ip6 ? k->ipv6_src : (__u8 *)&k->nw_src, g.v[0].addr, ip6 ? 16 : 4);
	}
	if (dst) {
		g = guard_of(dst);
		memcpy(ip6 ? k->ipv6_dst : (__u8 *)&k->nw_dst, g.v[0].addr, ip6 ? 16 : 4);
	}
}

static void build(const struct packet_row *r, struct flow_key *k)
{
	bool ip6 = r->dl_type == DL_TYPE_IPV6;
	const __u8 *link = r->link == 'm' ? mac : r->link == 'o' ? other_mac : NULL;
	bool advert = ip6 && r->proto == PROTO_ICMPV6 && r->tp_src == ND_ADVERT;

	memset(k, 0, sizeof(*k));
	k->in_port = 1;
	memcpy(k->dl_src, mac, 6);
	k->dl_type = XVS_BE16(r->dl_type);
	put_addr(k, ip6, r->src, r->dst);
	if (ip6 && r->proto == PROTO_ICMPV6)
		memcpy(k->nd_target, k->ipv6_dst, 16);
	k->nw_proto = r->proto;
	k->tp_src = XVS_BE16(r->tp_src);
	k->tp_dst = XVS_BE16(r->tp_dst);
	if (link)
		memcpy(advert ? k->arp_tha : k->arp_sha, link, 6);
}

#define IP DL_TYPE_IP
#define IP6 DL_TYPE_IPV6
#define ARP DL_TYPE_ARP
#define LINK_LOCAL "fe80::5054:ff:fe00:1"

static const struct packet_row packet_rows[] = {
	{"ip4/own", IP, "10.0.0.5", "8.8.8.8", PROTO_TCP, 1, 2, 0, NULL},
	{"ip4/own prefix", IP, "192.168.7.200", "8.8.8.8", PROTO_UDP, 1, 2, 0, NULL},
	{"ip4/other", IP, "10.0.0.6", "8.8.8.8", PROTO_TCP, 1, 2, 0, "source address"},
	{"ip4/beside the prefix", IP, "192.168.8.1", "8.8.8.8", PROTO_TCP, 1, 2, 0,
	 "source address"},
	{"ip4/dhcp", IP, NULL, "255.255.255.255", PROTO_UDP, 68, 67, 0, NULL},
	{"ip4/dhcp to one", IP, NULL, "10.0.0.1", PROTO_UDP, 68, 67, 0, "source address"},
	{"ip4/dhcp from the server", IP, NULL, "255.255.255.255", PROTO_UDP, 67, 68, 0,
	 "source address"},
	{"ip4/dhcp by tcp", IP, NULL, "255.255.255.255", PROTO_TCP, 68, 67, 0, "source address"},
	{"arp/request", ARP, "10.0.0.5", "10.0.0.1", 1, 0, 0, 'm', NULL},
	{"arp/reply", ARP, "10.0.0.5", "10.0.0.1", 2, 0, 0, 'm', NULL},
	{"arp/other sender", ARP, "10.0.0.6", "10.0.0.1", 2, 0, 0, 'm', "ARP sender address"},
	{"arp/other MAC", ARP, "10.0.0.5", "10.0.0.1", 2, 0, 0, 'o', "ARP sender MAC"},
	{"arp/not Ethernet", ARP, NULL, NULL, 0, 0, 0, 0, "ARP sender MAC"},
	{"arp/probe", ARP, NULL, "10.0.0.99", 1, 0, 0, 'm', NULL},
	{"arp/reply from nobody", ARP, NULL, "10.0.0.99", 2, 0, 0, 'm', "ARP sender address"},
	{"rarp", DL_TYPE_RARP, NULL, NULL, 3, 0, 0, 'm', NULL},
	{"rarp/other MAC", DL_TYPE_RARP, NULL, NULL, 3, 0, 0, 'o', "ARP sender MAC"},
	{"ip6/own", IP6, "2001:db8::5", "2001:db8::1", PROTO_TCP, 1, 2, 0, NULL},
	{"ip6/own prefix", IP6, "2001:db8:7::77", "2001:db8::1", PROTO_TCP, 1, 2, 0, NULL},
	{"ip6/other", IP6, "2001:db8::6", "2001:db8::1", PROTO_TCP, 1, 2, 0, "source address"},
	{"ip6/link-local of the MAC", IP6, LINK_LOCAL, "ff02::1", PROTO_UDP, 1, 2, 0, NULL},
	{"ip6/another link-local", IP6, "fe80::1", "ff02::1", PROTO_UDP, 1, 2, 0, "source address"},
	{"ip6/later fragment", IP6, "2001:db8::5", "2001:db8::1", PROTO_FRAGMENT, 0, 0, 0, NULL},
	{"ip6/unspecified", IP6, NULL, "ff02::1", PROTO_UDP, 546, 547, 0, "source address"},
	{"nd/dad", IP6, NULL, "2001:db8::5", PROTO_ICMPV6, ND_SOLICIT, 0, 0, NULL},
	{"nd/dad of the link-local", IP6, NULL, LINK_LOCAL, PROTO_ICMPV6, ND_SOLICIT, 0, 0, NULL},
	{"nd/dad of another's", IP6, NULL, "2001:db8::6", PROTO_ICMPV6, ND_SOLICIT, 0, 0,
	 "ND target"},
	{"nd/dad with a link-layer address", IP6, NULL, "2001:db8::5", PROTO_ICMPV6, ND_SOLICIT, 0,
	 'm', "ND link-layer address"},
	{"nd/advert from nobody", IP6, NULL, "2001:db8::5", PROTO_ICMPV6, ND_ADVERT, 0, 'm',
	 "source address"},
	{"nd/router solicitation", IP6, NULL, "ff02::2", PROTO_ICMPV6, 133, 0, 0, NULL},
	{"nd/mld report", IP6, NULL, "ff02::16", PROTO_ICMPV6, 143, 0, 0, NULL},
	{"nd/mld v1 report", IP6, NULL, "ff02::16", PROTO_ICMPV6, 131, 0, 0, NULL},
	{"nd/echo from nobody", IP6, NULL, "ff02::1", PROTO_ICMPV6, 128, 0, 0, "source address"},
	{"nd/solicit", IP6, "2001:db8::5", "2001:db8::1", PROTO_ICMPV6, ND_SOLICIT, 0, 'm', NULL},
	{"nd/solicit, no option", IP6, "2001:db8::5", "2001:db8::1", PROTO_ICMPV6, ND_SOLICIT, 0, 0,
	 NULL},
	{"nd/solicit for another MAC", IP6, "2001:db8::5", "2001:db8::1", PROTO_ICMPV6, ND_SOLICIT,
	 0, 'o', "ND link-layer address"},
	{"nd/advert", IP6, "2001:db8::5", "2001:db8::5", PROTO_ICMPV6, ND_ADVERT, 0, 'm', NULL},
	{"nd/advert, no option", IP6, LINK_LOCAL, "2001:db8::5", PROTO_ICMPV6, ND_ADVERT, 0, 0,
	 NULL},
	{"nd/advert of another's address", IP6, "2001:db8::5", "2001:db8::6", PROTO_ICMPV6,
	 ND_ADVERT, 0, 'm', "ND target"},
	{"nd/advert of another's MAC", IP6, "2001:db8::5", "2001:db8::5", PROTO_ICMPV6, ND_ADVERT,
	 0, 'o', "ND link-layer address"},
	{"ip6/echo", IP6, "2001:db8::5", "2001:db8::1", PROTO_ICMPV6, 128, 0, 0, NULL},
	{"other EtherType", 0x88cc, NULL, NULL, 0, 0, 0, 0, NULL},
};

static const char *judge(const struct spoof_guard *g, const struct flow_key *key,
			 struct flow_key *wc)
{
	memset(wc, 0, sizeof(*wc));
	return spoof_guard_judge(g, key, wc);
}

TEST(spoof_guard, judges_what_names_the_sender)
{
	struct spoof_guard g = guard_of(BINDINGS);

	for (size_t i = 0; i < sizeof(packet_rows) / sizeof(packet_rows[0]); i++) {
		const struct packet_row *r = &packet_rows[i];
		struct flow_key key, wc;
		const char *got;

		build(r, &key);
		got = judge(&g, &key, &wc);
		ROW_CHECK(r->name, !got == !r->want && (!got || !strcmp(got, r->want)), "got %s",
			  got ? got : "passes");
		memcpy(key.dl_src, other_mac, 6);
		got = judge(&g, &key, &wc);
		ROW_CHECK(r->name, got && !strcmp(got, "source MAC"), "got %s",
			  got ? got : "passes");
	}
}

TEST(spoof_guard, what_is_not_listed_is_not_allowed)
{
	struct spoof_guard g = guard_of(MAC);
	struct flow_key key, wc;

	build(&packet_rows[0], &key);
	assert_string_equal(judge(&g, &key, &wc), "source address");
	g = guard_of(MAC ",0.0.0.0/0");
	assert_null(judge(&g, &key, &wc));
	assert_int_equal(wc.nw_src, 0);
	g = guard_of("none");
	assert_string_equal(judge(&g, &key, &wc), "source MAC");
	assert_false(spoof_guard_has(&g, SPOOF_GUARD_MAC));
	g = guard_of(MAC);
	assert_true(spoof_guard_has(&g, SPOOF_GUARD_MAC));
	assert_false(spoof_guard_has(&g, SPOOF_GUARD_IP6));
}

static unsigned int bits_of(const struct flow_key *wc)
{
	unsigned int n = 0;

	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		n += (unsigned int)__builtin_popcountll(wc->w[i]);
	return n;
}

TEST(spoof_guard, a_refused_address_is_read_as_far_as_it_differs)
{
	struct spoof_guard g = guard_of(BINDINGS);
	struct flow_key key, wc;

	build(&packet_rows[0], &key);
	key.nw_src = XVS_BE32(0x60000000);
	assert_non_null(judge(&g, &key, &wc));
	assert_int_equal(bits_of(&wc), 48 + 16 + 2);
	key.dl_src[0] = 0x12;
	assert_non_null(judge(&g, &key, &wc));
	assert_int_equal(bits_of(&wc), 2);
}

/* Random packets close to what the rows have. */
static void random_key(uint64_t *seed, struct flow_key *key)
{
	static const size_t n = sizeof(packet_rows) / sizeof(packet_rows[0]);
	int flips = (int)test_below(seed, 4);

	build(&packet_rows[test_below(seed, n)], key);
	if (!test_below(seed, 8))
		key->arp_sha[5] ^= 1;
	while (flips--) {
		unsigned int bit = test_below(seed, 64 * (XVS_KEY_WORDS - 10));
		__u64 *w = &key->w[FLOW_KEY_OWN_WORDS + 10 + bit / 64];

		*w ^= 1ULL << bit % 64;
	}
}

static void random_guard(uint64_t *seed, struct spoof_guard *g)
{
	static const char *const some[] = {
		BINDINGS,
		MAC ",10.0.0.0/29,10.0.0.4/31,::/0",
		"52:54:00:00:00:02," MAC ",0.0.0.0/0,2001:db8::/32,2001:db8::/61",
		MAC ",128.0.0.0/1,10.0.0.5,fe80::/10",
		MAC,
	};

	*g = guard_of(some[test_below(seed, sizeof(some) / sizeof(some[0]))]);
}

static void check_mask(unsigned long long first)
{
	uint64_t seed = first;
	struct flow_key key, wc, other, ignored;
	struct spoof_guard g;
	const char *want;

	random_guard(&seed, &g);
	random_key(&seed, &key);
	want = judge(&g, &key, &wc);
	for (int i = 0; i < 64; i++) {
		other = key;
		for (int w = FLOW_KEY_OWN_WORDS; w < FLOW_KEY_WORDS; w++) {
			__u64 noise = test_random(&seed);

			if (i % 2)
				noise &= test_random(&seed) & test_random(&seed);
			other.w[w] ^= noise & ~wc.w[w];
		}
		if (judge(&g, &other, &ignored) != want)
			fail_msg("seed %llu: a bit outside of the mask decided: %s", first,
				 want ? want : "passes");
		assert_memory_equal(&wc, &ignored, sizeof(wc));
	}
}

/* [SPG1]; the mask is the same for all packets of the megaflow as well. */
TEST(spoof_guard, no_bit_outside_of_the_mask_decides)
{
	test_for_tables(check_mask, 20000, 0x5b00f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(spoof_guard, text_round_trips),
		TEST_ROW(spoof_guard, errors_have_a_place_and_change_nothing),
		TEST_ROW(spoof_guard, a_port_has_so_many_bindings),
		TEST_ROW(spoof_guard, judges_what_names_the_sender),
		TEST_ROW(spoof_guard, what_is_not_listed_is_not_allowed),
		TEST_ROW(spoof_guard, a_refused_address_is_read_as_far_as_it_differs),
		TEST_ROW(spoof_guard, no_bit_outside_of_the_mask_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
