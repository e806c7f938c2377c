// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Connections entered by several threads at once, over one table: whatever they do to
 * each other, a tuple is there once [CT4] and the counts are exact [CT5]. The table is
 * small, so that its buckets are full and slots change their owners.
 */
#include "test.h"

#include <pthread.h>

#include "selftests/packet.h"
#include "dp_fake.h"
#include "dp_private.h"
#include "user_tables.h"

#define N_THREADS 4
#define N_ROUNDS 6000
#define N_CLIENTS 700
#define ZONE 3
#define SLOT 1
#define JIFFIES 1000000
#define TIMEOUT_S 30
#define STEP_S 40 /* of the clock: what nobody has refreshed is over */

static __u64 clock_jiffies;

struct worker {
	pthread_t thread;
	struct dp *dp;
	unsigned int number, seed;
	struct xvs_scratch scratch;
	struct xvs_microflow_elem hints[XVS_MICROFLOW_ELEMS];
};

static int no_output(struct xvs_user_ctx *ctx, __u32 port_no)
{
	return 0;
}

static int no_upcall(struct xvs_user_ctx *ctx, const struct xvs_upcall *record)
{
	return 0;
}

static void run_frame(const struct xvs_user_tables *tables, const struct packet *pkt)
{
	__u8 frame[256];
	struct xvs_user_ctx ctx = {.tables = tables,
				   .head = frame,
				   .data = frame,
				   .data_end = frame + pkt->len,
				   .port_no = 1,
				   .output = no_output,
				   .upcall = no_upcall};

	memcpy(frame, pkt->data, pkt->len);
	xvs_user_rx(&ctx);
}

static void build(struct packet *pkt, __u32 client, bool answer)
{
	__u32 src = answer ? IP4_VM2 : IP4_VM1, dst = answer ? IP4_VM1 : IP4_VM2;
	__u32 sport = answer ? 80 : 1000 + client, dport = answer ? 1000 + client : 80;
	const struct layer in[] = {ETH,
				   TYPE(0x0800),
				   IP4(.proto = 17, .src = src, .dst = dst),
				   UDP(.src = sport, .dst = dport),
				   DATA(4),
				   {0}};

	packet_build(pkt, in, MAX_LAYERS < 6 ? MAX_LAYERS : 6);
}

/* All threads take the same clients, most of them in the same order: so that they meet. */
static void *work(void *aux)
{
	struct packet *pkt = malloc(sizeof(*pkt));
	struct worker *w = aux;
	struct xvs_user_tables tables = user_tables_of(w->dp);

	tables.microflow = w->hints;
	tables.scratch = &w->scratch;
	tables.lane = 0;
	for (__u32 i = 0; pkt && i < N_ROUNDS; i++) {
		if (!w->number && i % N_CLIENTS == N_CLIENTS - 1)
			__atomic_fetch_add(&clock_jiffies, STEP_S * w->dp->config.hz,
					   __ATOMIC_RELAXED);
		tables.jiffies = __atomic_load_n(&clock_jiffies, __ATOMIC_RELAXED);
		build(pkt, i % N_CLIENTS, rand_r(&w->seed) % 4 == 0);
		run_frame(&tables, pkt);
	}
	free(pkt);
	return NULL;
}

static void begin(struct dp **dp)
{
	const struct dp_options opt = {.flow_limit = 1000, .ct_limit = 300};
	const struct xvs_ct_action action = {
		.recirc_id = 5, .zone = ZONE, .flags = XVS_CT_A_COMMIT};
	const struct xvs_op op = {.kind = XVS_OP_CT, .flags = XVS_OP_F_LAST, .arg = SLOT};
	struct xvs_flow_key key = {.in_port = 1};
	struct xvs_flow_key mask = {.in_port = 0xffff, .recirc_id = ~0u};
	struct dp_flow_spec spec = {
		.key = &key, .mask = &mask, .verdict = XVS_VERDICT_CT, .ops = &op, .n_ops = 1};
	const struct xvs_port_entry port = {.flags = XVS_PORT_F_USED | XVS_PORT_F_UP};
	__u32 slot;

	assert_int_equal(dp_open_fake(&opt, 1, dp), 0);
	clock_jiffies = JIFFIES;
	for (int i = 0; i < XVS_CT_TIMEOUT_SLOTS; i++)
		(*dp)->t.ct_timeouts[0].jiffies[i] = TIMEOUT_S * (*dp)->config.hz;
	spec.version_from = dp_version(*dp);
	assert_int_equal(dp_port_set(*dp, 1, &port), 0);
	(*dp)->t.ct_actions[SLOT] = action;
	assert_int_equal(dp_flow_put(*dp, &spec, &slot), 0);
	spec.verdict = XVS_VERDICT_DROP;
	spec.drop_reason = XVS_DROP_POLICY;
	key.recirc_id = 5;
	assert_int_equal(dp_flow_put(*dp, &spec, &slot), 0);
}

static bool is_back(const struct xvs_ct_tuple *a, const struct xvs_ct_tuple *b)
{
	return a->src.ip4 == b->dst.ip4 && a->dst.ip4 == b->src.ip4 && a->sport == b->dport &&
	       a->dport == b->sport;
}

/* Slots that count: published, and not taken since. */
static void check_table(const struct dp *dp)
{
	__u32 n_conns = 0, n_half = 0, n = dp->config.n_ct_buckets * XVS_CT_WAYS;
	const struct xvs_ct_zone *zone = &dp->t.ct_zones[ZONE];
	__u32 now = (__u32)clock_jiffies;

	for (__u32 i = 0; i < n; i++) {
		__u64 word = dp->t.ct_buckets[i / XVS_CT_WAYS].word[i % XVS_CT_WAYS];
		const struct xvs_ct_tuple *a = &dp->t.ct_entries[i].tuple;

		assert_int_not_equal(xvs_ct_word_state(word), XVS_CT_S_CLAIMED);
		if (xvs_ct_word_state(word) < XVS_CT_S_DEAD)
			continue;
		n_conns++;
		n_half += !!(xvs_ct_flags(word) & XVS_CT_F_HALF);
		for (__u32 k = 0; xvs_ct_lives(word, now) && k < i; k++) {
			__u64 other = dp->t.ct_buckets[k / XVS_CT_WAYS].word[k % XVS_CT_WAYS];
			const struct xvs_ct_tuple *b = &dp->t.ct_entries[k].tuple;

			if (xvs_ct_lives(other, now))
				assert_false(!memcmp(a, b, sizeof(*a)) || is_back(a, b));
		}
	}
	assert_int_equal(zone->n_conns, n_conns);
	assert_int_equal(zone->n_half, n_half);
	assert_true(n_conns > 100);
}

static void entered_once_and_counted_exactly(void **state)
{
	static struct worker workers[N_THREADS];
	struct dp *dp;

	for (unsigned int round = 0; round < 4; round++) {
		begin(&dp);
		for (unsigned int i = 0; i < N_THREADS; i++) {
			memset(&workers[i], 0, sizeof(workers[i]));
			workers[i].dp = dp;
			workers[i].number = i;
			workers[i].seed = round * N_THREADS + i;
			assert_int_equal(
				pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
		}
		for (unsigned int i = 0; i < N_THREADS; i++)
			pthread_join(workers[i].thread, NULL);
		check_table(dp);
		dp_close(dp);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entered_once_and_counted_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
