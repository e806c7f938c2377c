// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The flow cache as packets see it: microflow hints [I4], megaflows over many
 * masks, versions [I8], removal and reuse of slots [I3]. Full buckets are in
 * cache_buckets.c.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cache.h"
#include "ops.h"

static const enum xvs_hook hooks[] = {XVS_HOOK_XDP, XVS_HOOK_TC};
static const struct layer udp4[] = {ETH,   TYPE(0x0800), IP4(.proto = PROTO_UDP),
				    UDP(), DATA(30),     {0}};
static const struct layer tcp4[] = {
	ETH, TYPE(0x0800), IP4(.proto = PROTO_TCP), TCP(.flags = F_SYN), {0}};
static const struct layer tcp6[] = {
	ETH, TYPE(0x86dd), IP6(.next = PROTO_TCP, .label = 5), TCP(.flags = F_ACK), {0}};
static union upcall_copy up;

struct came came(struct harness *t)
{
	struct totals d;
	struct came c;

	harness_delta(t, &d);
	c.micro = d.counters.microflow_hits;
	c.mega = d.counters.megaflow_hits;
	c.miss = d.counters.megaflow_misses;
	c.probed = d.counters.subtables_probed;
	for (int i = 0; i <= N_TEST_PORTS; i++)
		c.tx[i] = d.port[i].tx_packets;
	harness_upcalls(t, NULL, 100, false);
	return c;
}

struct xvs_flow_key learn_key(struct harness *t, enum xvs_hook hook, const struct layer *layers)
{
	run_layers(t, hook, layers);
	memset(&up.head, 0, sizeof(up.head));
	if (harness_upcalls(t, &up, 8, false) != 1)
		test_fail(t, "the packet did not miss");
	harness_totals(t, &t->before);
	return up.head.key;
}

__u32 put_output(struct harness *t, const struct xvs_flow_key *key, const struct xvs_flow_key *mask,
		 __u16 out_port)
{
	struct flow_arg arg = {
		.key = key, .mask = mask, .verdict = XVS_VERDICT_OUTPUT, .out_port = out_port};

	return harness_flow(t, &arg);
}

static void test_micro_after_mega(struct harness *t, enum xvs_hook hook)
{
	struct xvs_flow_key key = {.in_port = PORT_IN};
	struct xvs_flow_stats stats;
	struct came c;
	__u32 slot;

	if (!test_start(t, "cache/%s/microflow-behind-megaflow", hook_name(hook)))
		return;
	slot = put_output(t, &key, NULL, 2);
	run_layers(t, hook, tcp4);
	c = came(t);
	CHECK_EQ(t, c.mega, 1);
	CHECK_EQ(t, c.micro, 0);
	for (int i = 0; i < 5; i++)
		run_layers(t, hook, tcp4);
	c = came(t);
	CHECK_EQ(t, c.mega, 1);
	CHECK_EQ(t, c.micro, 5);
	CHECK_EQ(t, c.tx[2], 6);
	dp_flow_stats(t->dp, slot, &stats);
	CHECK_EQ(t, stats.packets, 6);
	CHECK_EQ(t, stats.bytes, 6 * t->pkt.len);
	CHECK_EQ(t, stats.tcp_flags, F_SYN);
	CHECK_EQ(t, stats.used_jiffies != 0, 1);
	/* A second kind of packet of the same megaflow, with its own hint. */
	run_layers(t, hook, udp4);
	c = came(t);
	CHECK_EQ(t, c.mega, 2);
	test_end_flush(t);
}

static void test_hints_off(struct harness *t, enum xvs_hook hook)
{
	struct xvs_flow_key key = {.in_port = PORT_IN};
	__u32 flags = dp_flags(t->dp);
	struct came c;

	if (!test_start(t, "cache/%s/hints-off", hook_name(hook)))
		return;
	dp_set_flags(t->dp, flags & ~(__u32)XVS_CONTROL_MICROFLOW);
	put_output(t, &key, NULL, 2);
	for (int i = 0; i < 3; i++)
		run_layers(t, hook, udp4);
	c = came(t);
	dp_set_flags(t->dp, flags);
	CHECK_EQ(t, c.micro, 0);
	CHECK_EQ(t, c.mega, 3);
	CHECK_EQ(t, c.tx[2], 3);
	test_end_flush(t);
}

/* The hint points to a slot that is removed, then reused by another flow. */
static void test_stale_hint(struct harness *t, enum xvs_hook hook)
{
	struct xvs_flow_key key = {.in_port = PORT_IN}, other;
	struct came c;
	__u32 slot, again;

	if (!test_start(t, "cache/%s/stale-hint", hook_name(hook)))
		return;
	slot = put_output(t, &key, NULL, 2);
	run_layers(t, hook, udp4);
	run_layers(t, hook, udp4);
	c = came(t);
	CHECK_EQ(t, c.micro, 1);
	harness_flush(t);
	run_layers(t, hook, udp4);
	c = came(t);
	CHECK_EQ(t, c.miss, 1);
	CHECK_EQ(t, c.micro, 1);
	/* Into the same slot, for packets of another port. */
	other = key;
	other.in_port = PORT_SPARE;
	for (int i = 0; i < 100000; i++) {
		again = put_output(t, &other, NULL, 3);
		if (again == slot || !again)
			break;
		other.pkt_mark++;
		if (i % 2000 == 1999)
			harness_flush(t);
	}
	CHECK_EQ(t, again, slot);
	run_layers(t, hook, udp4);
	c = came(t);
	CHECK_EQ(t, c.miss, 2);
	CHECK_EQ(t, c.tx[3], 0);
	test_end_flush(t);
}

/* Points every hint of every CPU to another flow, generation and all. */
static void corrupt_hints(struct harness *t, __u32 slot, __u32 generation)
{
	int fd = harness_map_fd("xvs_microflow"), cpus = libbpf_num_possible_cpus();
	size_t size = sizeof(struct xvs_microflow_elem) * (size_t)cpus;
	struct xvs_microflow_elem *elems = malloc(size);

	for (__u32 i = 0; elems && i < XVS_MICROFLOW_ELEMS; i++) {
		if (bpf_map_lookup_elem(fd, &i, elems))
			test_fail(t, "xvs_microflow cannot be read");
		for (size_t k = 0; k < size / sizeof(struct xvs_hint); k++) {
			struct xvs_hint *h = &elems->hint[k];

			if (h->hash) {
				h->slot = slot;
				h->generation = generation;
			}
		}
		if (bpf_map_update_elem(fd, &i, elems, 0))
			test_fail(t, "xvs_microflow cannot be written");
	}
	free(elems);
}

static __u32 slot_generation(__u32 slot)
{
	struct xvs_flow flow = {0};

	bpf_map_lookup_elem(harness_map_fd("xvs_flows"), &slot, &flow);
	return flow.generation;
}

/* [I4]: a hint that leads to a flow of other packets costs time, no more. */
static void test_wrong_hint(struct harness *t, enum xvs_hook hook)
{
	struct xvs_flow_key key, other;
	struct came c;
	__u32 wrong;

	if (!test_start(t, "cache/%s/wrong-hint", hook_name(hook)))
		return;
	key = learn_key(t, hook, udp4);
	other = key;
	other.tp_dst ^= XVS_BE16(1);
	put_output(t, &key, NULL, 2);
	wrong = put_output(t, &other, NULL, 3);
	run_layers(t, hook, udp4);
	corrupt_hints(t, wrong, slot_generation(wrong));
	run_layers(t, hook, udp4);
	c = came(t);
	CHECK_EQ(t, c.mega, 2);
	CHECK_EQ(t, c.tx[2], 2);
	CHECK_EQ(t, c.tx[3], 0);
	/* And to no slot at all. */
	corrupt_hints(t, 0xfffffff0, 0);
	run_layers(t, hook, udp4);
	c = came(t);
	CHECK_EQ(t, c.tx[2], 3);
	test_end_flush(t);
}

/* Flows of the port under 'n' masks of one or two words that a packet of 'base' does
 * not match. */
static void put_masks(struct harness *t, const struct xvs_flow_key *base, __u16 in_port, int n)
{
	for (int i = 0; i < n; i++) {
		struct xvs_flow_key key = *base, mask = {.in_port = 0xffff};

		mask.w[XVS_KEY_W_IPV4] = ~0ULL >> i % 64;
		if (i >= 64)
			mask.dl_type = 0xffff;
		key.in_port = in_port;
		key.w[XVS_KEY_W_IPV4] ^= ~0ULL;
		for (int k = 0; k < XVS_KEY_WORDS; k++)
			key.w[k] &= mask.w[k];
		put_output(t, &key, &mask, 3);
	}
}

/* One megaflow for each of many masks; each packet has to find its own. */
static void test_many_subtables(struct harness *t, enum xvs_hook hook, int n)
{
	struct xvs_flow_key base;
	struct came c;

	if (!test_start(t, "cache/%s/subtables-%d", hook_name(hook), n))
		return;
	base = learn_key(t, hook, udp4);
	put_masks(t, &base, PORT_IN, n - 1);
	put_output(t, &base, NULL, 2);
	CHECK_EQ(t, dp_n_subtables(t->dp), n);
	run_layers(t, hook, udp4);
	run_layers(t, hook, tcp4);
	c = came(t);
	CHECK_EQ(t, c.mega, 1);
	CHECK_EQ(t, c.miss, 1);
	CHECK_EQ(t, c.tx[2], 1);
	CHECK_EQ(t, c.probed, 2 * n);
	test_end_flush(t);
}

/* The masks of another port cost a packet no probe, hit or miss, and neither do they
 * when an order has been made anew. */
static void test_other_ports_subtables(struct harness *t, enum xvs_hook hook)
{
	struct xvs_flow_key base;
	__u32 slot;

	if (!test_start(t, "cache/%s/subtables-of-another-port", hook_name(hook)))
		return;
	base = learn_key(t, hook, udp4);
	put_masks(t, &base, PORT_SPARE, 100);
	slot = put_output(t, &base, NULL, 2);
	CHECK_EQ(t, dp_n_subtables(t->dp), 101);
	for (int round = 0; round < 2; round++) {
		struct came c;

		harness_totals(t, &t->before);
		run_layers(t, hook, round ? tcp4 : udp4);
		c = came(t);
		CHECK_EQ(t, c.mega, !round);
		CHECK_EQ(t, c.miss, round);
		CHECK_EQ(t, c.tx[2], !round);
		CHECK_EQ(t, c.probed, 1);
	}
	/* In its place in the list of this port, not of all. */
	put_masks(t, &base, PORT_IN, 20);
	dp_note_hits(t->dp, t->slots[t->n_slots - 1], 20);
	dp_note_hits(t->dp, slot, 10);
	dp_reorder(t->dp);
	harness_totals(t, &t->before);
	dp_set_flags(t->dp, dp_flags(t->dp) & ~(__u32)XVS_CONTROL_MICROFLOW);
	run_layers(t, hook, udp4);
	dp_set_flags(t->dp, dp_flags(t->dp) | XVS_CONTROL_MICROFLOW);
	CHECK_EQ(t, came(t).probed, 2);
	test_end_flush(t);
}

static bool is_of_in_port(int bit)
{
	const struct xvs_flow_key in_port = {.in_port = 0xffff};

	return in_port.w[bit / 64] >> bit % 64 & 1;
}

/* A flow under a random mask takes its packet, and not one whose key differs in
 * any bit that is masked; in_port apart, which has lists of its own. */
static void test_random_masks(struct harness *t, enum xvs_hook hook, const struct layer *layers,
			      const char *name)
{
	struct xvs_flow_key base;

	if (!test_start(t, "cache/%s/random-masks/%s", hook_name(hook), name))
		return;
	base = learn_key(t, hook, layers);
	srand(t->seed);
	for (int round = 0; round < 40 && !t->failures; round++) {
		struct xvs_flow_key mask, key = base;
		struct came c;
		int bit;

		for (int i = 0; i < XVS_KEY_WORDS; i++)
			mask.w[i] = rand() % 3 ? 0 : (__u64)rand() << 33 ^ (__u64)rand() << 11;
		mask.in_port = 0xffff;
		do
			bit = rand() % (XVS_KEY_WORDS * 64);
		while (!(mask.w[bit / 64] >> bit % 64 & 1) || is_of_in_port(bit));
		harness_totals(t, &t->before);
		if (round & 1)
			key.w[bit / 64] ^= 1ULL << bit % 64;
		for (int i = 0; i < XVS_KEY_WORDS; i++)
			key.w[i] &= mask.w[i];
		put_output(t, &key, &mask, 2);
		run_layers(t, hook, layers);
		run_layers(t, hook, layers);
		c = came(t);
		CHECK_EQ(t, c.tx[2], round & 1 ? 0 : 2);
		CHECK_EQ(t, c.miss, round & 1 ? 2 : 0);
		CHECK_EQ(t, c.micro, round & 1 ? 0 : 1);
		harness_flush(t);
	}
	test_end(t);
}

struct holder {
	int awake, has_let_go, stop;
};

static void set(int *flag)
{
	__atomic_store_n(flag, 1, __ATOMIC_RELEASE);
}

static bool is_set(const int *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

/* Holds on for longer than the kernel's grace period takes. */
static void *holder_main(void *aux)
{
	const struct timespec hold = {.tv_nsec = 200 * 1000 * 1000};
	struct holder *h = aux;

	dp_reader_begin();
	set(&h->awake);
	nanosleep(&hold, NULL);
	set(&h->has_let_go);
	while (!is_set(&h->stop)) {
		dp_reader_quiescent();
		sched_yield();
	}
	dp_reader_end();
	return NULL;
}

/* The grace period of the kernel is not over for a reader in the daemon [I3]. */
static void test_reader_holds_grace(struct harness *t)
{
	static const struct xvs_op ops[] = {OP_OUT_LAST(2), {0}};
	struct holder h = {0};
	pthread_t thread;

	if (!test_start(t, "cache/grace-waits-for-readers"))
		return;
	harness_port_flow(t, PORT_IN, ops);
	if (pthread_create(&thread, NULL, holder_main, &h)) {
		test_fail(t, "no thread");
	} else {
		while (!is_set(&h.awake))
			sched_yield();
		harness_flush(t);
		CHECK_EQ(t, is_set(&h.has_let_go), true);
		set(&h.stop);
		pthread_join(thread, NULL);
	}
	test_end_flush(t);
}

void suite_cache(struct harness *t)
{
	test_reader_holds_grace(t);
	for (int i = 0; i < 2; i++) {
		test_micro_after_mega(t, hooks[i]);
		test_hints_off(t, hooks[i]);
		test_stale_hint(t, hooks[i]);
		test_wrong_hint(t, hooks[i]);
		test_cache_versions(t, hooks[i]);
		test_many_subtables(t, hooks[i], 2);
		test_many_subtables(t, hooks[i], 17);
		test_many_subtables(t, hooks[i], XVS_MAX_SUBTABLES);
		test_other_ports_subtables(t, hooks[i]);
		test_random_masks(t, hooks[i], udp4, "udp4");
		test_random_masks(t, hooks[i], tcp6, "tcp6");
		test_buckets(t, hooks[i]);
	}
}
