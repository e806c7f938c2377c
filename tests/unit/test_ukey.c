// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ukeys over the fake datapath: the index, the states, and [UKEY2]: no
 * packet is counted twice or lost when a rule, or the flow itself, changes.
 */
#include <arpa/inet.h>
#include <stdlib.h>

#include "rules.h"
#include "test.h"
#include "ukey.h"

static struct dp *dp;
static struct ukey_table table;
static struct xlate_out out;

static int begin(void **state)
{
	const struct dp_options opt = {.flow_limit = 64};

	assert_int_equal(dp_open_fake(&opt, 2, &dp), 0);
	assert_int_equal(ukey_table_init(&table, dp), 0);
	memset(&out, 0, sizeof(out));
	return 0;
}

static int end(void **state)
{
	xlate_out_fini(&out);
	ukey_table_fini(&table);
	dp_close(dp);
	return 0;
}

static struct xvs_flow_key key_of(__u32 dst)
{
	struct xvs_flow_key key = {.in_port = 1, .dl_type = htons(0x0800), .nw_dst = htonl(dst)};

	return key;
}

static struct rule *any_rule(__u16 priority)
{
	const struct match any = {0};

	return make_rule(&any, 0, priority, NULL);
}

/* The translation's only reference is that rule. */
static void note_rule(struct rule *rule)
{
	struct xlate_ref ref = {.kind = XLATE_REF_RULE, .rule = rule};

	xlate_refs_clear(&out.refs);
	if (rule)
		xlate_refs_add(&out.refs, &ref);
}

/* Publishes a flow for all packets to dst/24 and enters its ukey. */
static struct ukey *publish(__u32 dst, struct rule *rule)
{
	struct xvs_flow_key key = key_of(dst);
	struct dp_flow_spec spec;
	struct ukey *u;
	__u32 slot;

	memset(&out.mask, 0, sizeof(out.mask));
	out.mask.in_port = 0xffff;
	out.mask.dl_type = 0xffff;
	out.mask.nw_dst = htonl(0xffffff00);
	out.verdict = XVS_VERDICT_OUTPUT;
	out.out_port = 2;
	note_rule(rule);
	spec = (struct dp_flow_spec){
		.key = &key,
		.mask = &out.mask.pkt,
		.verdict = out.verdict,
		.out_port = out.out_port,
		.version_from = dp_version(dp),
	};
	assert_int_equal(dp_flow_put(dp, &spec, &slot), 0);
	u = ukey_insert(&table, slot, NULL, &key, &out, 1);
	assert_non_null(u);
	return u;
}

TEST(ukey, is_found_by_any_packet_of_its_megaflow)
{
	struct xvs_flow_key inside = key_of(0x0a000063), outside = key_of(0x0a000163);
	struct ukey *u = publish(0x0a000001, NULL);
	struct xvs_flow_key wider = u->mask;

	assert_ptr_equal(ukey_find(&table, &inside, &u->mask), u);
	assert_null(ukey_find(&table, &outside, &u->mask));
	wider.nw_dst = htonl(0xffff0000);
	assert_null(ukey_find(&table, &inside, &wider));
	/* One that ends is not the one for the packets to come. */
	dp_flow_end(dp, u->slot, dp_version(dp) + 1);
	assert_null(ukey_find(&table, &inside, &u->mask));
}

TEST(ukey, removed_is_not_found_but_keeps_its_slot_until_it_is_free)
{
	struct ukey *u = publish(0x0a000001, NULL);
	struct xvs_flow_key key = u->key, mask = u->mask;
	__u32 slot = u->slot;

	assert_int_equal(table.n, 1);
	ukey_retire(&table, u);
	assert_int_equal(table.n, 0);
	assert_int_equal(table.state[slot], UKEY_REMOVED);
	assert_null(ukey_find(&table, &key, &mask));
	assert_ptr_equal(ukey_at(&table, slot, UKEY_REMOVED), u);
	ukey_free(&table, slot);
	assert_null(ukey_at(&table, slot, UKEY_REMOVED));
}

TEST(ukey, same_means_the_translation_is_what_is_installed)
{
	struct ukey *u = publish(0x0a000001, NULL);

	assert_true(ukey_same(u, &out));
	out.out_port = 3;
	assert_false(ukey_same(u, &out));
	out.out_port = 2;
	out.mask.nw_dst = htonl(0xffff0000);
	assert_false(ukey_same(u, &out));
	out.mask.nw_dst = htonl(0xffffff00);
	out.verdict = XVS_VERDICT_DROP;
	assert_false(ukey_same(u, &out));
}

TEST(ukey, every_packet_is_counted_once_for_the_rule_that_decided)
{
	struct rule *first = any_rule(1), *second = any_rule(2);
	struct ukey *u = publish(0x0a000001, first);
	__u32 slot = u->slot;

	dp_flow_count(dp, slot, 3, 300, 0);
	assert_int_equal(ukey_count(&table, u, 10), 3);
	assert_int_equal(ukey_count(&table, u, 11), 0);
	assert_int_equal(u->used_ms, 10);
	dp_flow_count(dp, slot, 2, 200, 0);
	assert_int_equal(ukey_count(&table, u, 12), 2);
	note_rule(second);
	assert_int_equal(ukey_set_refs(u, &out.refs), 0);
	/* The last packets arrive while the removed slot waits. */
	ukey_retire(&table, u);
	dp_flow_remove(dp, slot);
	dp_flow_count(dp, slot, 5, 500, 0);
	assert_int_equal(ukey_count(&table, u, 13), 5);
	assert_int_equal(first->n_packets, 5);
	assert_int_equal(first->n_bytes, 500);
	assert_int_equal(first->used_ms, 12);
	assert_int_equal(second->n_packets, 5);
	assert_int_equal(second->n_bytes, 500);
	rule_put(first);
	rule_put(second);
}

TEST(ukey, changed_flow_counts_for_what_was_in_force)
{
	struct rule *before = any_rule(1), *after = any_rule(2);
	struct ukey *u = publish(0x0a000001, before);
	struct ukey_result coming;

	note_rule(after);
	out.out_port = 3;
	assert_int_equal(ukey_result_init(&coming, &out), 0);
	assert_false(ukey_same(u, &out));
	u->coming = &coming;
	assert_true(ukey_same(u, &out));
	dp_flow_count(dp, u->slot, 3, 300, 0);
	assert_int_equal(ukey_count(&table, u, 10), 3);
	ukey_apply(u, &coming);
	dp_flow_count(dp, u->slot, 2, 200, 0);
	assert_int_equal(ukey_count(&table, u, 11), 2);
	assert_int_equal(before->n_packets, 3);
	assert_int_equal(after->n_packets, 2);
	assert_true(ukey_same(u, &out));
	rule_put(before);
	rule_put(after);
}

TEST(ukey, block_counts_what_single_flows_would)
{
	struct xvs_counters *lane = dp_shared(dp)->counters;
	struct rule *rule = any_rule(1);
	__u64 fresh[UKEY_BLOCK];
	struct ukey *u[2];

	u[0] = publish(0x0a000001, rule);
	u[1] = publish(0x0a000101, rule);
	dp_flow_count(dp, u[0]->slot, 3, 300, 0);
	dp_shared(dp)->flow_stats[u[1]->slot] = (struct xvs_flow_stats){.packets = 7, .bytes = 700};
	lane->megaflow_hits = 7;
	ukey_count_block(&table, 0, 10, fresh);
	assert_int_equal(fresh[u[0]->slot], 3);
	assert_int_equal(fresh[u[1]->slot], 7);
	assert_int_equal(rule->n_packets, 10);
	assert_int_equal(rule->n_bytes, 1000);
	ukey_count_block(&table, 0, 11, fresh);
	assert_int_equal(fresh[u[1]->slot], 0);
	assert_int_equal(ukey_count(&table, u[1], 12), 0);
	assert_int_equal(rule->n_packets, 10);
	rule_put(rule);
}

TEST(ukey, is_active_while_it_is_published)
{
	struct ukey *u = publish(0x0a000001, NULL);
	struct ukey_use *use = &table.use[u->slot];

	assert_int_equal(use->active_ms, 1);
	dp_flow_count(dp, u->slot, 3, 300, 0);
	ukey_count(&table, u, 20);
	assert_int_equal(use->active_ms, 20);
	ukey_retire(&table, u);
	assert_int_equal(use->active_ms, 0);
	dp_flow_count(dp, u->slot, 3, 300, 0);
	ukey_count(&table, u, 30);
	assert_int_equal(use->active_ms, 0);
	ukey_free(&table, (__u32)(use - table.use));
}

TEST(ukey, holds_its_rule)
{
	struct rule *rule = any_rule(1);
	struct ukey *u = publish(0x0a000001, rule);

	/* The table's, the translation's and the ukey's. */
	assert_int_equal(rule->refs, 3);
	assert_int_equal(ukey_set_refs(u, &out.refs), 0);
	assert_int_equal(rule->refs, 3);
	note_rule(NULL);
	assert_int_equal(ukey_set_refs(u, &out.refs), 0);
	assert_int_equal(rule->refs, 1);
	rule_put(rule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ROW(name) cmocka_unit_test_setup_teardown(ukey_##name, begin, end)
		ROW(is_found_by_any_packet_of_its_megaflow),
		ROW(removed_is_not_found_but_keeps_its_slot_until_it_is_free),
		ROW(same_means_the_translation_is_what_is_installed),
		ROW(every_packet_is_counted_once_for_the_rule_that_decided),
		ROW(changed_flow_counts_for_what_was_in_force),
		ROW(block_counts_what_single_flows_would),
		ROW(is_active_while_it_is_published),
		ROW(holds_its_rule),
#undef ROW
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
