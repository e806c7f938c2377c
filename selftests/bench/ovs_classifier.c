// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Open vSwitch's classifier under our measure: loads a rule set into it as
 * ovs-vswitchd would, with prefix tracking of both IPv4 addresses. Compiled by
 * ovs_build.sh against the unpacked sources of Debian's package, never by make.
 *
 *   bench_ovs_classifier FILE SECONDS [closely]
 *
 * Prints the line of measure_main. Replaced rules are copied before the clock
 * runs and freed after it has stopped; its deferred frees are not counted.
 */
/* Its own configuration and headers, found by the paths of ovs_build.sh. */
#include <config.h>
#include <classifier.h>
#include <flow.h>
#include <openvswitch/match.h>
#include <openvswitch/ofp-port.h>
#include <ovs-rcu.h>
#include <packets.h>

#include "measure.h"

static struct classifier cls;
static struct cls_rule **rules, *copies[MEASURE_BATCH];
static uint32_t copied[MEASURE_BATCH];
static struct flow keys[MEASURE_BATCH];
static struct flow_wildcards last_wc; /* of the last lookup with mask */

static struct cls_rule *new_rule(const struct tuple_rule *r)
{
	struct cls_rule *rule = xmalloc(sizeof(*rule));
	struct match match;

	match_init_catchall(&match);
	match_set_dl_type(&match, htons(ETH_TYPE_IP));
	match_set_nw_src_masked(&match, htonl(r->src), htonl(r->src_mask));
	match_set_nw_dst_masked(&match, htonl(r->dst), htonl(r->dst_mask));
	if (r->proto_mask)
		match_set_nw_proto(&match, r->proto);
	match_set_tp_src_masked(&match, htons(r->sport), htons(r->sport_mask));
	match_set_tp_dst_masked(&match, htons(r->dport), htons(r->dport_mask));
	cls_rule_init(rule, &match, r->priority);
	return rule;
}

static void free_rule(struct cls_rule *rule)
{
	cls_rule_destroy(rule);
	free(rule);
}

static int make_rules(const struct ruleset *rs)
{
	rules = xcalloc(rs->n_rules, sizeof(struct cls_rule *));
	for (size_t i = 0; i < rs->n_rules; i++)
		rules[i] = new_rule(&rs->rules[i]);
	return 0;
}

static int insert(const struct ruleset *rs)
{
	static const enum mf_field_id prefixes[] = {MFF_IPV4_DST, MFF_IPV4_SRC};

	classifier_init(&cls, flow_segment_u64s);
	classifier_set_prefix_fields(&cls, prefixes, ARRAY_SIZE(prefixes));
	/* Published at the end, as ovs-vswitchd does with a bundle of changes. */
	classifier_defer(&cls);
	for (size_t i = 0; i < rs->n_rules; i++)
		classifier_insert(&cls, rules[i], OVS_VERSION_MIN, NULL, 0);
	classifier_publish(&cls);
	ovsrcu_quiesce();
	return 0;
}

/* As ruleset_flow.h makes ours. */
static void make_key(const struct tuple_packet *p, size_t slot)
{
	struct flow *key = &keys[slot];

	memset(key, 0, sizeof(*key));
	key->in_port.ofp_port = u16_to_ofp(1);
	key->dl_dst = (struct eth_addr)ETH_ADDR_C(02, 00, 00, 00, 00, 02);
	key->dl_src = (struct eth_addr)ETH_ADDR_C(02, 00, 00, 00, 00, 01);
	key->dl_type = htons(ETH_TYPE_IP);
	key->nw_src = htonl(p->src);
	key->nw_dst = htonl(p->dst);
	key->nw_proto = p->proto;
	key->nw_ttl = 64;
	key->tp_src = htons(p->sport);
	key->tp_dst = htons(p->dport);
}

static void lookup(size_t n, bool mask, uint32_t *priority)
{
	for (size_t i = 0; i < n; i++) {
		const struct cls_rule *found;
		struct flow_wildcards wc;

		if (mask)
			flow_wildcards_init_catchall(&wc);
		found = classifier_lookup(&cls, OVS_VERSION_MIN, &keys[i], mask ? &wc : NULL);
		priority[i] = found ? (uint32_t)found->priority : 0;
		if (mask && i == n - 1)
			last_wc = wc;
	}
}

static void megaflow(size_t slot, uint64_t *entry, uint64_t *mask)
{
	*mask = measure_hash(&last_wc.masks, &last_wc.masks, FLOW_U64S);
	*entry = *mask ^ measure_hash(&keys[slot], &last_wc.masks, FLOW_U64S) * 3;
}

static int copy(const uint32_t *which, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		copied[i] = which[i];
		copies[i] = xmalloc(sizeof(*copies[i]));
		cls_rule_clone(copies[i], rules[which[i]]);
	}
	return 0;
}

static void swap(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct cls_rule *old = rules[copied[i]];

		classifier_remove_assert(&cls, old);
		classifier_insert(&cls, copies[i], OVS_VERSION_MIN, NULL, 0);
		rules[copied[i]] = copies[i];
		copies[i] = old;
	}
}

static void drop(size_t n)
{
	for (size_t i = 0; i < n; i++)
		ovsrcu_postpone(free_rule, copies[i]);
	ovsrcu_quiesce();
}

int main(int argc, char **argv)
{
	static const struct measure_ops ops = {.make = make_rules,
					       .insert = insert,
					       .key = make_key,
					       .lookup = lookup,
					       .megaflow = megaflow,
					       .copy = copy,
					       .swap = swap,
					       .drop = drop};

	return measure_main(&ops, argc, argv);
}
