// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Frames from keys, against the fast path's own parser (compiled for user space)
 * and checksums from scratch [COMP1].
 */
#include "test.h"

#include "bpf/user.h"
#include "compose.h"
#include "flow_gen.h"
#include "selftests/packet.h"

#define KEYS 200000

static __u8 frame[COMPOSE_MAX_LEN];
static size_t len;

static void parse(struct xvs_flow_key *key, __u16 in_port)
{
	/* Of exactly its length: a read behind it is the sanitizer's. */
	__u8 *copy = malloc(len);
	struct xvs_user_ctx ctx = {
		.head = copy, .data = copy, .data_end = copy + len, .port_no = in_port};
	struct xvs_pkt pkt;

	assert_non_null(copy);
	memcpy(copy, frame, len);
	memset(&pkt, 0xff, sizeof(pkt));
	assert_int_equal(xvs_user_parse(&ctx, &pkt), 0);
	*key = pkt.key;
	free(copy);
}

static void check_same(const char *row, const struct xvs_flow_key *got,
		       const struct xvs_flow_key *want)
{
	for (int i = 0; i < XVS_KEY_WORDS; i++)
		ROW_CHECK(row, got->w[i] == want->w[i], "word %d: got %016llx, want %016llx", i,
			  (unsigned long long)got->w[i], (unsigned long long)want->w[i]);
}

static void compose(const char *row, const struct xvs_flow_key *key)
{
	const char *error;

	len = compose_frame(key, frame, sizeof(frame));
	ROW_CHECK(row, len >= 60 && len <= COMPOSE_MAX_LEN, "%zu bytes", len);
	/* ICMP of the other IP version has no meaning, and no checksum. */
	if (key->nw_proto == (key->dl_type == XVS_BE16(0x86dd) ? 1 : 58))
		return;
	error = packet_csum_error(frame, len);
	ROW_CHECK(row, !error, "%s", error);
}

static void check_back(const char *row, const struct xvs_flow_key *key)
{
	struct xvs_flow_key got;

	compose(row, key);
	parse(&got, key->in_port);
	check_same(row, &got, key);
}

static bool is_ext(__u8 proto)
{
	return proto == 0 || proto == 43 || proto == 44 || proto == 51 || proto == 60;
}

/* Any bits in any field that the packet has; false: no parser makes such a key. */
static bool any_packet(uint64_t *seed, struct flow_key *key)
{
	static const __u8 protos[] = {1, 6, 17, 47, 58, 132};

	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		key->w[i] = test_random(seed);
	key->in_port = 1;
	key->recirc_id = 0;
	key->tun_flags = 0;
	key->pkt_mark = 0;
	key->dl_type = XVS_BE16(GEN_PICK(seed, 0x0800, 0x0800, 0x86dd, 0x86dd, 0x0806, 0x8035,
					 0x8847, 0x8848, 0x05ff, 0x0600, 0x88cc));
	key->nw_frag &= XVS_FRAG_ANY | XVS_FRAG_LATER;
	if (test_below(seed, 8))
		key->nw_proto = protos[test_below(seed, sizeof(protos))];
	if (!test_below(seed, 3)) {
		key->tp_src = XVS_BE16(135 + test_below(seed, 2));
		key->tp_dst = 0;
	}
	if (!gen_canonical(key))
		return false;
	memset(key, 0, FLOW_KEY_OWN_WORDS * sizeof(key->w[0]));
	if (key->dl_type != XVS_BE16(0x86dd))
		return true;
	if (key->nw_frag & XVS_FRAG_LATER)
		key->nw_proto = 44;
	else if (is_ext(key->nw_proto))
		return false;
	if (key->nw_proto == 58 && key->tp_dst) { /* no neighbour discovery */
		memset(key->nd_target, 0, sizeof(key->nd_target));
		memset(key->arp_sha, 0, sizeof(key->arp_sha));
		memset(key->arp_tha, 0, sizeof(key->arp_tha));
	}
	return true;
}

static void check_random(unsigned long long first,
			 bool (*generate)(uint64_t *seed, struct flow_key *key))
{
	uint64_t seed = test_seed(first);
	unsigned int n = 0;

	while (n < KEYS) {
		uint64_t from = seed;
		struct flow_key key;
		char row[64];

		if (!generate(&seed, &key))
			continue;
		snprintf(row, sizeof(row), "XVS_TEST_SEED=%llu", (unsigned long long)from);
		check_back(row, &key.pkt);
		n++;
	}
}

static bool packet_of_the_universe(uint64_t *seed, struct flow_key *key)
{
	gen_packet(seed, key);
	return true;
}

TEST(compose, parsing_gives_back_packets_of_the_universe)
{
	check_random(1, packet_of_the_universe);
}

TEST(compose, parsing_gives_back_any_packet)
{
	check_random(2, any_packet);
}

/* What a key does not say, and keys that no packet has. */
TEST(compose, nearest_frames)
{
	static const struct nearest {
		const char *name;
		struct xvs_flow_key key, want;
	} rows[] = {
		{"no type", {.dl_type = 0}, {.dl_type = XVS_BE16(XVS_ETH_TYPE_NONE)}},
		{"no protocol",
		 {.dl_type = XVS_BE16(0x86dd)},
		 {.dl_type = XVS_BE16(0x86dd), .nw_proto = 59}},
		{"later fragment of nothing",
		 {.dl_type = XVS_BE16(0x0800), .nw_frag = XVS_FRAG_LATER, .tp_src = 1},
		 {.dl_type = XVS_BE16(0x0800), .nw_frag = XVS_FRAG_ANY | XVS_FRAG_LATER}},
		{"later fragment by its protocol",
		 {.dl_type = XVS_BE16(0x86dd), .nw_frag = 3, .nw_proto = 6},
		 {.dl_type = XVS_BE16(0x86dd), .nw_frag = 3, .nw_proto = 44}},
		{"inner tag alone",
		 {.dl_type = XVS_BE16(0x88cc), .vlan_tci1 = XVS_BE16(0x1001)},
		 {.dl_type = XVS_BE16(0x88cc)}},
		{"tag without its bit",
		 {.dl_type = XVS_BE16(0x88cc), .vlan_tci = XVS_BE16(1)},
		 {.dl_type = XVS_BE16(0x88cc)}},
		{"fields of other protocols",
		 {.dl_type = XVS_BE16(0x0806), .tp_src = 1, .mpls_lse = 1, .nw_ttl = 1},
		 {.dl_type = XVS_BE16(0x0806)}},
		{"type of 16 bits",
		 {.dl_type = XVS_BE16(0x0800), .nw_proto = 1, .tp_src = XVS_BE16(0x108)},
		 {.dl_type = XVS_BE16(0x0800), .nw_proto = 1, .tp_src = XVS_BE16(8)}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct xvs_flow_key got;

		compose(rows[i].name, &rows[i].key);
		parse(&got, 0);
		check_same(rows[i].name, &got, &rows[i].want);
	}
}

TEST(compose, tags_have_the_usual_types)
{
	struct xvs_flow_key key = {.dl_type = XVS_BE16(0x88cc), .vlan_tci = XVS_BE16(0xb00a)};

	compose("one", &key);
	assert_memory_equal(frame + 12, "\x81\x00\xa0\x0a\x88\xcc", 6);
	key.vlan_tci1 = XVS_BE16(0x1014);
	compose("two", &key);
	assert_memory_equal(frame + 12, "\x88\xa8\xa0\x0a\x81\x00\x00\x14\x88\xcc", 10);
}

TEST(compose, no_type_is_a_length)
{
	struct xvs_flow_key key = {.dl_type = XVS_BE16(XVS_ETH_TYPE_NONE)};

	compose("no type", &key);
	assert_memory_equal(frame + 12,
			    "\0\x0d"
			    "abcdefghijklm\0",
			    16);
}

TEST(compose, below_a_label_is_an_ipv4_packet)
{
	struct xvs_flow_key key = {.dl_type = XVS_BE16(0x8847), .mpls_lse = XVS_BE32(0x40)};

	compose("not the bottom", &key);
	assert_memory_equal(frame + 14, "\x00\x00\x00\x40\x00\x00\x01\x40\x45", 9);
	key.mpls_lse = XVS_BE32(0x140);
	compose("the bottom", &key);
	assert_memory_equal(frame + 14, "\x00\x00\x01\x40\x45", 5);
}

TEST(compose, a_small_buffer_is_refused)
{
	struct xvs_flow_key key = {0};

	assert_int_equal(compose_frame(&key, frame, COMPOSE_MAX_LEN - 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(compose, parsing_gives_back_packets_of_the_universe),
		TEST_ROW(compose, parsing_gives_back_any_packet),
		TEST_ROW(compose, nearest_frames),
		TEST_ROW(compose, tags_have_the_usual_types),
		TEST_ROW(compose, no_type_is_a_length),
		TEST_ROW(compose, below_a_label_is_an_ipv4_packet),
		TEST_ROW(compose, a_small_buffer_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
