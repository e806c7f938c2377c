// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Full buckets of the flow cache: keys that are made to fall into one, and many of
 * them.
 */
#include <stdlib.h>

#include "cache.h"
#include "xvs/flow_hash.h"

static const struct layer udp4[] = {ETH,   TYPE(0x0800), IP4(.proto = PROTO_UDP),
				    UDP(), DATA(30),     {0}};

struct shape {
	struct xvs_subtable subtable;
	const struct xvs_config *config;
};

static __u64 shape_hash(const struct shape *s, const struct xvs_flow_key *key)
{
	__u64 sum = s->subtable.salt;

	for (__u32 k = 0; k < s->subtable.n_words; k++)
		sum += xvs_hash_word(key->w[s->subtable.word[k]] & s->subtable.mask[k],
				     s->config->seed[k]);
	return xvs_hash_finish(sum);
}

/* Puts a flow under the exact mask of 'base' and reads what its subtable is. */
static bool shape_learn(struct harness *t, struct shape *s, const struct xvs_flow_key *base)
{
	__u32 slot = put_output(t, base, NULL, 2), index;

	s->config = dp_config(t->dp);
	index = dp_flow_subtable(t->dp, slot);
	return harness_subtable(t, index, &s->subtable);
}

static void run_source(struct harness *t, enum xvs_hook hook, __u32 src)
{
	const struct layer layers[] = {ETH,   TYPE(0x0800), IP4(.proto = PROTO_UDP, .src = src),
				       UDP(), DATA(30),     {0}};

	run_layers(t, hook, layers);
}

/* More flows in one bucket than it has slots: the rest is in the overflow. */
static void test_overflow(struct harness *t, enum xvs_hook hook)
{
	const int want = XVS_BUCKET_SLOTS + 5;
	struct xvs_flow_key base, key;
	__u32 sources[XVS_BUCKET_SLOTS + 5];
	struct shape s;
	struct came c;
	__u32 bucket, n = 0;

	if (!test_start(t, "cache/%s/overflow-bucket", hook_name(hook)))
		return;
	base = key = learn_key(t, hook, udp4);
	if (!shape_learn(t, &s, &base))
		return;
	bucket = (__u32)shape_hash(&s, &base) & (s.config->n_buckets - 1);
	for (__u32 i = 1; i < 200u << 20 && n < (__u32)want; i++) {
		key.nw_src = XVS_BE32(0x20000000 + i);
		if (((__u32)shape_hash(&s, &key) & (s.config->n_buckets - 1)) != bucket)
			continue;
		put_output(t, &key, NULL, 3);
		sources[n++] = 0x20000000 + i;
	}
	CHECK_EQ(t, n, want);
	harness_totals(t, &t->before);
	for (__u32 i = 0; i < n; i++)
		run_source(t, hook, sources[i]);
	run_layers(t, hook, udp4);
	c = came(t);
	CHECK_EQ(t, c.tx[3], n);
	CHECK_EQ(t, c.tx[2], 1);
	CHECK_EQ(t, c.miss, 0);
	test_end_flush(t);
}

struct candidate {
	__u64 place; /* tag and bucket */
	__u32 src;
};

static int by_place(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return x->place < y->place ? -1 : x->place > y->place;
}

/* Two flows of equal bucket and equal tag: both are found. By the birthday
 * rule a few pairs are among 300,000 keys. */
static void test_equal_tags(struct harness *t, enum xvs_hook hook)
{
	enum { N = 300000 };
	struct candidate *all = calloc(N, sizeof(*all));
	struct xvs_flow_key base, key;
	struct shape s;
	__u32 pairs = 0;

	if (!all || !test_start(t, "cache/%s/equal-tags", hook_name(hook))) {
		free(all);
		return;
	}
	base = key = learn_key(t, hook, udp4);
	if (!shape_learn(t, &s, &base)) {
		free(all);
		return;
	}
	for (__u32 i = 0; i < N; i++) {
		__u64 hash;

		key.nw_src = XVS_BE32(0x30000000 + i);
		hash = shape_hash(&s, &key);
		all[i].place = ((hash >> 48) | 1) << 32 | (hash & (s.config->n_buckets - 1));
		all[i].src = 0x30000000 + i;
	}
	qsort(all, N, sizeof(*all), by_place);
	harness_totals(t, &t->before);
	for (__u32 i = 1; i < N && pairs < 8; i++) {
		if (all[i].place != all[i - 1].place)
			continue;
		key.nw_src = XVS_BE32(all[i - 1].src);
		put_output(t, &key, NULL, 3);
		key.nw_src = XVS_BE32(all[i].src);
		put_output(t, &key, NULL, 4);
		run_source(t, hook, all[i].src);
		run_source(t, hook, all[i - 1].src);
		pairs++;
		CHECK_EQ(t, came(t).tx[3], pairs);
		CHECK_EQ(t, came(t).tx[4], pairs);
	}
	if (!pairs)
		test_fail(t, "no two keys of equal bucket and tag among %d", N);
	free(all);
	test_end_flush(t);
}

/* Many flows of one mask at once, each with its own packet. */
static void test_many_flows(struct harness *t, enum xvs_hook hook, __u32 n)
{
	struct xvs_flow_key key;
	struct came c;

	if (!test_start(t, "cache/%s/flows-%u", hook_name(hook), n))
		return;
	key = learn_key(t, hook, udp4);
	for (__u32 i = 0; i < n && !t->failures; i++) {
		key.nw_src = XVS_BE32(0x40000000 + i);
		put_output(t, &key, NULL, (__u16)(2 + i % 3));
	}
	CHECK_EQ(t, dp_n_flows(t->dp), n);
	for (__u32 i = 0; i < n; i += n / 500)
		for (int k = 0; k < 2; k++) {
			harness_totals(t, &t->before);
			run_source(t, hook, 0x40000000 + i);
			c = came(t);
			CHECK_EQ(t, c.tx[2 + i % 3], 1);
		}
	run_source(t, hook, 0x40000000 + n);
	c = came(t);
	CHECK_EQ(t, c.miss, 1);
	test_end_flush(t);
}

void test_buckets(struct harness *t, enum xvs_hook hook)
{
	test_overflow(t, hook);
	test_equal_tags(t, hook);
	test_many_flows(t, hook, 20000);
}
