// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Checksums that may be partial, under XDP (bpf/xdp_csum.h): frames whose field
 * holds the sum of the pseudo header, complete and not, of every length.
 *
 * Unless a test is about connections each frame is of its own one, by its source
 * port, as the programs remember who leaves checksums partial.
 */
#include <string.h>
#include <time.h>

#include "expect.h"
#include "ops.h"
#include "random.h"
#include "rows.h"

#define MTU_DEFAULT 1500
#define MTU_LARGE 12000
#define FRAME_MIN 60
#define FRAME_MAX 3500
#define EVERY_LENGTH_TO 700 /* two chunks of the programs' sum, and more */
#define RANDOM_FRAMES 1500
#define DRY_LEN DP_TEST_RUN_MAX_LEN
#define REMEMBERED_MS 1000 /* at least */

struct kind {
	const char *name;
	struct layer l3, l4;
	__u16 type;
	size_t field; /* the checksum, behind the L4 header's begin */
	size_t spare; /* 16 bits that may have any value, likewise */
	struct xvs_op change[8];
};

static const struct kind kinds[] = {
	{.name = "tcp4",
	 .type = 0x0800,
	 .l3 = IP4(.proto = PROTO_TCP),
	 .l4 = TCP_CSUM(CSUM_PARTIAL, .flags = F_ACK),
	 .field = 16,
	 .spare = 18,
	 .change = {SET_DST, SET4_DST(IP4_GW), SET_TP_SRC(7), OP_TTL, OP_OUT_LAST(2)}},
	{.name = "udp4",
	 .type = 0x0800,
	 .l3 = IP4(.proto = PROTO_UDP),
	 .l4 = UDP_CSUM(CSUM_PARTIAL),
	 .field = 6,
	 .spare = 8,
	 .change = {SET4_DST(IP4_GW), SET_TP_SRC(7), OP_OUT_LAST(2)}},
	{.name = "tcp6",
	 .type = 0x86dd,
	 .l3 = IP6(.next = PROTO_TCP),
	 .l4 = TCP_CSUM(CSUM_PARTIAL, .flags = F_ACK),
	 .field = 16,
	 .spare = 18,
	 .change = {SET6_DST, SET_TP_SRC(5), OP_OUT_LAST(2)}},
	{.name = "udp6",
	 .type = 0x86dd,
	 .l3 = IP6(.next = PROTO_UDP),
	 .l4 = UDP_CSUM(CSUM_PARTIAL),
	 .field = 6,
	 .spare = 8,
	 .change = {SET_DST, SET6_DST, OP_OUT_LAST(2)}},
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct xvs_op out[] = {OP_OUT_LAST(2), {0}};

static struct packet pkt;
static struct expect expected;
static struct run run;
static struct dp_test_result dry;
static struct rng rng;
static size_t padding; /* behind the IP packet of 'pkt' */
static __u16 connection = 9000; /* above the ports of tunnels */

/* --- frames --- */

static size_t len_min(const struct kind *k)
{
	return 14 + (k->type == 0x0800 ? 20 : 40) + (k->spare + 2 < 20 ? k->spare + 2 : 20);
}

/* Of 'len' bytes or the least that there can be, and a payload of noise; the field
 * holds the pseudo header's sum. Padded, not with zeros, to what Ethernet has. */
static void build_partial(const struct kind *k, size_t len, size_t tags)
{
	struct layer layers[MAX_LAYERS] = {ETH};
	size_t n = 1;

	for (size_t i = 0; i < tags; i++)
		layers[n++] = (struct layer)TAG(0x8100, 3);
	layers[n++] = (struct layer)TYPE(k->type);
	layers[n++] = k->l3;
	layers[n] = k->l4;
	layers[n++].l4.src = connection;
	if (len < len_min(k))
		len = len_min(k);
	len += 4 * tags;
	packet_build(&pkt, layers, n);
	layers[n++] = (struct layer)DATA((__u32)(len - pkt.len));
	packet_build(&pkt, layers, n);
	for (size_t i = pkt.headers; i < pkt.len; i++)
		pkt.data[i] = (__u8)rng_next(&rng);
	padding = pkt.len < FRAME_MIN ? FRAME_MIN - pkt.len : 0;
	packet_trim(&pkt, 0, padding);
	memset(pkt.data + pkt.len - padding, 0xa5, padding);
}

/* Now that is the complete checksum: 16 bits elsewhere see to it. */
static void complete(const struct kind *k)
{
	__u8 *l4 = pkt.data + pkt.l4;
	__u32 pseudo = (__u32)(l4[k->field] << 8 | l4[k->field + 1]);
	__u16 word;

	memset(l4 + k->spare, 0, 2);
	word = packet_csum(l4, pkt.len - padding - pkt.l4, pseudo);
	l4[k->spare] = (__u8)(word >> 8);
	l4[k->spare + 1] = (__u8)word;
}

static void build_complete(const struct kind *k, size_t len, size_t tags)
{
	build_partial(k, len, tags);
	complete(k);
}

/* Any byte that is not of the pseudo header, nor the field itself. */
static void damage(const struct kind *k)
{
	size_t from = pkt.l4 + k->spare;

	pkt.data[from + rng_below(&rng, (__u32)(pkt.len - padding - from))] ^=
		(__u8)(1 + rng_below(&rng, 255));
}

static bool is_right(void)
{
	return !packet_csum_error(pkt.data, pkt.len);
}

/* --- runs --- */

static void run_it(struct harness *t)
{
	run = (struct run){
		.hook = XVS_HOOK_XDP, .port_no = PORT_IN, .in = pkt.data, .in_len = pkt.len};
	harness_run(t, &run);
}

/* Is the frame redirected, as 'ops' have it, or left to TC as it came? */
static void check_run(struct harness *t, const struct xvs_op *ops, bool native)
{
	run_it(t);
	expect_program(&expected, pkt.data, pkt.len, ops);
	CHECK_EQ(t, run.retval, native ? XDP_REDIRECT_CODE : XDP_PASS_CODE);
	if (native)
		check_frame(t, "redirected", run.out, run.out_len, expected.out[0].data,
			    expected.out[0].len);
	else
		check_frame(t, "left to TC", run.out, run.out_len, pkt.data, pkt.len);
	if (native && packet_csum_error(run.out, run.out_len))
		test_fail(t, "redirected with a wrong %s", packet_csum_error(run.out, run.out_len));
	if (t->failures)
		printf("#   %zu bytes, seed %u\n", pkt.len, t->seed);
}

static bool start(struct harness *t, const struct xvs_op *ops, const char *name, const char *of)
{
	if (!test_start(t, "partial/%s%s%s", name, *of ? "/" : "", of))
		return false;
	harness_port_flags(t, PORT_IN, t->port[PORT_IN].flags | XVS_PORT_F_CSUM_CHECK);
	harness_port_flow(t, PORT_IN, ops);
	return true;
}

static void end(struct harness *t)
{
	test_end(t);
	harness_ports_default(t);
	harness_flush(t);
}

static size_t next_len(size_t len)
{
	return len < EVERY_LENGTH_TO ? len + 1 : len + 131;
}

/* --- what is settled --- */

static void test_complete(struct harness *t, const struct kind *k, const struct xvs_op *ops,
			  const char *name)
{
	if (!start(t, ops, name, k->name))
		return;
	for (size_t len = len_min(k); len <= FRAME_MAX && !t->failures; len = next_len(len)) {
		connection++;
		build_complete(k, len, 0);
		CHECK_EQ(t, is_right(), true);
		check_run(t, ops, true);
	}
	end(t);
}

static void test_partial(struct harness *t, const struct kind *k)
{
	if (!start(t, out, "left-to-tc", k->name))
		return;
	for (size_t len = len_min(k); len <= FRAME_MAX && !t->failures; len = next_len(len)) {
		connection++;
		build_complete(k, len, 0);
		/* Half of them by the last byte, which an odd length has alone. */
		if (len & 2)
			damage(k);
		else
			pkt.data[pkt.len - padding - 1] ^= 0x10;
		CHECK_EQ(t, is_right(), false);
		check_run(t, out, false);
	}
	end(t);
}

/* Whatever the field and the payload: as the sum from scratch says. */
static void test_random(struct harness *t)
{
	__u32 n_right = 0, n_wrong = 0;

	if (!start(t, out, "random", ""))
		return;
	for (int i = 0; i < RANDOM_FRAMES && !t->failures; i++) {
		const struct kind *k = &kinds[rng_below(&rng, N_KINDS)];

		connection++;
		build_partial(k, rng_below(&rng, FRAME_MAX + 1), rng_below(&rng, 3));
		if (rng_below(&rng, 3))
			complete(k);
		if (!rng_below(&rng, 4))
			damage(k);
		n_right += is_right();
		n_wrong += !is_right();
		check_run(t, out, is_right());
	}
	if (!t->failures && (n_right < RANDOM_FRAMES / 4 || n_wrong < RANDOM_FRAMES / 4))
		test_fail(t, "%u complete, %u partial: too few of one", n_right, n_wrong);
	end(t);
}

/* --- what cannot be settled --- */

struct large_case {
	const char *name;
	size_t len, tags;
	__u32 mtu;
	bool native;
};

static const struct large_case large[] = {
	{"mtu", 14 + MTU_DEFAULT, 0, MTU_DEFAULT, true},
	{"mtu-two-tags", 14 + MTU_DEFAULT, 2, MTU_DEFAULT, true},
	{"mtu+1", 15 + MTU_DEFAULT, 0, MTU_DEFAULT, false},
	{"several-buffers", 14 + 9000, 0, MTU_LARGE, true},
	{"longer-than-the-sum", 14 + 9300, 0, MTU_LARGE, false},
};

static void test_large(struct harness *t, const struct large_case *c, const struct kind *k)
{
	char name[64];

	snprintf(name, sizeof(name), "large/%s", c->name);
	if (!start(t, out, name, k->name))
		return;
	CHECK_EQ(t, netdev_set_mtu(t->port[PORT_IN].name, c->mtu), 0);
	connection++;
	build_complete(k, c->len, c->tags);
	CHECK_EQ(t, is_right(), true);
	check_run(t, out, c->native);
	CHECK_EQ(t, netdev_set_mtu(t->port[PORT_IN].name, MTU_DEFAULT), 0);
	end(t);
}

/* --- connections --- */

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* A partial one, then a complete one of the same connection, which must not overtake it;
 * again with another connection if that took longer than it is remembered. */
static void run_pair(struct harness *t, const struct kind *k)
{
	long began;

	do {
		began = now_ms();
		connection++;
		build_complete(k, 600, 0);
		damage(k);
		check_run(t, out, false);
		build_complete(k, 600, 0);
		run_it(t);
	} while (now_ms() - began >= REMEMBERED_MS && !t->failures);
	CHECK_EQ(t, run.retval, XDP_PASS_CODE);
}

static void test_remembered(struct harness *t, const struct kind *k)
{
	const struct timespec pause = {.tv_nsec = 10000000};
	__u16 partial;
	long began;

	if (!start(t, out, "connection/remembered", k->name))
		return;
	run_pair(t, k);
	partial = connection;
	connection++;
	build_complete(k, 600, 0);
	check_run(t, out, true); /* of another one */
	connection = partial;
	build_complete(k, 600, 0);
	for (began = now_ms(); now_ms() - began < 60000; nanosleep(&pause, NULL)) {
		run_it(t);
		if (run.retval != XDP_PASS_CODE)
			break;
	}
	check_run(t, out, true); /* after a second without */
	connection++;
	end(t);
}

/* Complete ones leave nothing to remember. */
static void test_not_remembered(struct harness *t, const struct kind *k)
{
	if (!start(t, out, "connection/complete", k->name))
		return;
	connection++;
	for (size_t len = 100; len < 105; len++) {
		build_complete(k, len, 0);
		check_run(t, out, true);
	}
	end(t);
}

/* A dry run says the same, and is not remembered. */
static void test_dry(struct harness *t, const struct kind *k)
{
	const struct dp_test_run in = {.port_no = PORT_IN, .frame = pkt.data, .len = DRY_LEN};

	if (!start(t, out, "connection/dry-run", k->name))
		return;
	connection++;
	build_complete(k, DRY_LEN, 0);
	damage(k);
	CHECK_EQ(t, dp_test_run(t->dp, &in, &dry), 0);
	CHECK_EQ(t, dry.handed_up, true);
	build_complete(k, DRY_LEN, 0);
	CHECK_EQ(t, dp_test_run(t->dp, &in, &dry), 0);
	CHECK_EQ(t, dry.handed_up, false);
	check_run(t, out, true);
	end(t);
}

void suite_partial(struct harness *t)
{
	rng.state = t->seed;
	for (size_t i = 0; i < N_KINDS; i++)
		for (size_t k = 0; k < sizeof(large) / sizeof(large[0]); k++)
			test_large(t, &large[k], &kinds[i]);
	if (!t->list)
		netdev_set_mtu(t->port[PORT_IN].name, MTU_LARGE);
	for (size_t i = 0; i < N_KINDS; i++) {
		test_complete(t, &kinds[i], out, "redirected");
		test_complete(t, &kinds[i], kinds[i].change, "changed");
		test_partial(t, &kinds[i]);
		test_not_remembered(t, &kinds[i]);
		test_dry(t, &kinds[i]);
	}
	test_remembered(t, &kinds[0]);
	test_remembered(t, &kinds[N_KINDS - 1]);
	test_random(t);
	if (!t->list)
		netdev_set_mtu(t->port[PORT_IN].name, MTU_DEFAULT);
}
