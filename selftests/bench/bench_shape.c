// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The shape that ovstest measures: thirteen fields, all of them matched
 * exactly, each with one of two values; a thousand priorities; packets of the
 * same values, but for the last field, which is always the first of its two.
 */
#include "bench_shape.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "classifier.h"

#define N_FIELDS 13
#define N_PRIORITIES 1000
#define N_KEYS 8192 /* packets, some of them equal */
#define VERSION 1

static uint64_t random_state = 88172645463325252ULL;

static uint32_t random_below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 32) * n >> 32);
}

/* Field i has its second value if bit i of 'which' is set. */
static void make_key(unsigned int which, struct flow_key *key)
{
#define ONE_OF(i, first, second) (which >> (i)&1 ? (second) : (first))
	memset(key, 0, sizeof(*key));
	key->nw_src = ONE_OF(0, XVS_BE32(0xc0a80001), XVS_BE32(0xc0a04455));
	key->nw_dst = ONE_OF(1, XVS_BE32(0xc0a80002), XVS_BE32(0xc0a04455));
	key->tun_id = ONE_OF(2, 0, 0x1032547698badcfeULL);
	key->metadata = ONE_OF(3, 0, 0x1032547698badcfeULL);
	key->in_port = ONE_OF(4, 1, 0xfffe);
	key->vlan_tci = ONE_OF(5, XVS_BE16(101), 0);
	key->dl_type = ONE_OF(6, XVS_BE16(0x0800), XVS_BE16(0x0806));
	key->tp_src = ONE_OF(7, XVS_BE16(49362), XVS_BE16(80));
	key->tp_dst = ONE_OF(8, XVS_BE16(6667), XVS_BE16(22));
	memcpy(key->dl_src, ONE_OF(9, "\0\x02\xe3\x0f\x80\xa4", "\x5e\x33\x7f\x5f\x1e\x99"), 6);
	memcpy(key->dl_dst, ONE_OF(10, "\x4a\x27\x71\xae\x64\xc1", "\xff\xff\xff\xff\xff\xff"), 6);
	key->nw_proto = ONE_OF(11, 6, 1);
	key->nw_tos = ONE_OF(12, 48, 0);
#undef ONE_OF
}

static void all_fields(struct flow_key *mask)
{
	memset(mask, 0, sizeof(*mask));
	mask->nw_src = mask->nw_dst = 0xffffffff;
	mask->tun_id = ~0ULL;
	mask->metadata = ~0ULL;
	mask->in_port = 0xffff;
	mask->vlan_tci = mask->dl_type = mask->tp_src = mask->tp_dst = 0xffff;
	memset(mask->dl_src, 0xff, 6);
	memset(mask->dl_dst, 0xff, 6);
	mask->nw_proto = 0xff;
	mask->nw_tos = 0xfc;
}

/* Rules that are there already are left out, as ovstest does. */
static int add_rules(struct classifier *cls, struct rule **rules, size_t n)
{
	struct match match;

	all_fields(&match.mask);
	for (size_t i = 0; i < n; i++) {
		__u16 priority = (__u16)(1 + random_below(N_PRIORITIES) * 65);

		make_key(random_below(1 << N_FIELDS), &match.key);
		if (classifier_find(cls, VERSION, &match, priority))
			continue;
		rules[i] = rule_create(&(struct rule_spec){.match = &match, .priority = priority});
		if (!rules[i])
			return 1;
		rules[i]->version_from = VERSION;
		rules[i]->version_to = ~0ULL;
		if (classifier_insert(cls, rules[i]))
			return 1;
	}
	return 0;
}

static double lookups(const struct classifier *cls, const struct flow_key *keys, size_t n,
		      bool mask, size_t *hits)
{
	struct timespec from, to;

	*hits = 0;
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (size_t i = 0; i < n; i++) {
		const struct flow_key *key = &keys[random_below(N_KEYS)];
		struct flow_key wc;

		if (mask)
			memset(&wc, 0, sizeof(wc));
		*hits += classifier_lookup(cls, VERSION, key, mask ? &wc : NULL) != NULL;
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (double)n /
	       ((double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec));
}

int bench_shape(size_t n_rules, size_t n_lookups)
{
	struct flow_key *keys = calloc(N_KEYS, sizeof(*keys));
	struct rule **rules = calloc(n_rules ? n_rules : 1, sizeof(*rules));
	struct classifier *cls = classifier_create(1);
	double plain, mask;
	size_t hits;

	if (!keys || !rules || !cls || add_rules(cls, rules, n_rules)) {
		fprintf(stderr, "bench_shape: out of memory\n");
		return 1;
	}
	for (size_t i = 0; i < N_KEYS; i++)
		make_key(random_below(1 << (N_FIELDS - 1)), &keys[i]);
	plain = lookups(cls, keys, n_lookups, false, &hits);
	mask = lookups(cls, keys, n_lookups, true, &hits);
	printf("rules=%zu plain=%.0f mask=%.0f hits=%.1f\n", n_rules, plain, mask,
	       100.0 * (double)hits / (double)n_lookups);
	classifier_destroy(cls);
	for (size_t i = 0; i < n_rules; i++)
		rule_put(rules[i]);
	free(rules);
	free(keys);
	return 0;
}
