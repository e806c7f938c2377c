// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * differential CONTROL-SOCKET MANAGEMENT: random tables and packets through xvs
 * and through a running Open vSwitch (selftests/netns/differential_ovs.sh).
 * Both give a verdict and a megaflow for each packet; verdicts have to be
 * equal, and xvs shall need no more megaflows over the whole run.
 *
 * Open vSwitch is asked by ofproto/trace, whose megaflow is what its upcall
 * handler would install. Some tables' packets are also received by a dummy port
 * as frames, and the flows that its datapath then has are counted: as many as
 * the traces say, once a mask without VLAN bits is read as its datapath reads
 * it, "of this VLAN, or of none".
 *
 *   XVS_TEST_SEED=N     seed of the first table; the next has N + 1
 *   XVS_TEST_TABLES=N   how many (default 250)
 *   XVS_TEST_PACKETS=N  packets a table (default 120, at most 1024)
 *   XVS_TEST_SHOW=1     shows the tables, and the packets whose megaflows differ;
 *                       with the seed of one table, to find out why
 *
 * The last line is "result NAME=VALUE ..."; the status is 0 if all could be
 * asked, whatever came out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow_format.h"
#include "odp_text.h"
#include "ovs_side.h"
#include "xvs_side.h"

#define DEFAULT_SEED 0x5eed
#define DEFAULT_TABLES 250
#define DEFAULT_PACKETS 120
#define FRAMES_EVERY 10 /* tables */
#define FRAMES_TRIES 3
#define MAX_SHOWN 20 /* differing verdicts */

struct side_sum {
	unsigned long megaflows;
	unsigned long bits; /* un-wildcarded, over all packets */
	unsigned long wrong;
	unsigned long overlaps;
};

struct run {
	struct ovs_side ovs;
	bool show;
	unsigned long n_packets; /* a table */
	unsigned long packets, rules, forwarded, differences, worse_tables, better_tables;
	unsigned long frames, frame_flows, frame_megaflows;
	struct side_sum ours, theirs;
};

struct table_run {
	__u64 seed;
	struct random_table table;
	struct xvs_side xvs;
	struct answer_cache ours, theirs;
	struct answer_cache frames; /* theirs, as the datapath keeps them */
	struct flow_key received[CACHE_MAX];
	size_t n_received;
};

static void print_match(const char *name, const struct match *match)
{
	struct strbuf b;

	strbuf_init(&b);
	match_format(&b, match, NULL);
	printf("#     %s %s\n", name, strbuf_str(&b));
	strbuf_fini(&b);
}

static void rule_text(struct strbuf *out, const struct table_rule *rule)
{
	size_t before;

	strbuf_printf(out, "priority=%u,", rule->priority);
	before = out->len;
	match_format(out, &rule->match, NULL);
	if (out->len != before)
		strbuf_addc(out, ',');
	if (rule->out_port)
		strbuf_printf(out, "actions=output:%u", rule->out_port);
	else
		strbuf_add(out, "actions=drop");
}

static void print_table(const struct table_run *tr)
{
	printf("#   table XVS_TEST_SEED=%#llx:\n", (unsigned long long)tr->seed);
	for (size_t i = 0; i < tr->table.n_rules; i++) {
		struct strbuf line;

		strbuf_init(&line);
		rule_text(&line, &tr->table.rules[i]);
		printf("#   %s\n", strbuf_str(&line));
		strbuf_fini(&line);
	}
}

static int load_table(struct run *r, struct table_run *tr)
{
	struct strbuf all, line;
	int rc = 0;

	strbuf_init(&all);
	for (size_t i = 0; i < tr->table.n_rules && !rc; i++) {
		const struct table_rule *rule = &tr->table.rules[i];

		strbuf_init(&line);
		rule_text(&line, rule);
		strbuf_printf(&all, "%s\n", strbuf_str(&line));
		rc = xvs_side_add(&tr->xvs, strbuf_str(&line), &rule->match);
		strbuf_fini(&line);
	}
	if (!rc)
		rc = ovs_side_load(&r->ovs, strbuf_str(&all), tr->table.n_rules);
	strbuf_fini(&all);
	return rc;
}

static void print_packet(const struct flow_key *key, const struct answer *ours,
			 const struct answer *theirs)
{
	struct strbuf b;

	strbuf_init(&b);
	odp_text(&b, key, key->in_port);
	printf("#   packet %s: xvs to port %u, Open vSwitch to port %u (0: drop)\n", strbuf_str(&b),
	       ours->out_port, theirs->out_port);
	strbuf_fini(&b);
	print_match("xvs         ", &ours->megaflow);
	print_match("Open vSwitch", &theirs->megaflow);
}

static void add_answer(struct side_sum *sum, struct answer_cache *cache, const struct flow_key *key,
		       const struct answer *answer)
{
	answer_cache_add(cache, key, answer);
	sum->bits += answer_width(answer);
}

/*
 * Of a packet without a tag Open vSwitch's traces leave the bits of VLAN fields
 * out: its datapaths tell such a packet from a tagged one in any case. Here
 * they have to be there if the table looks at them, or the megaflow would be
 * too wide to be true; otherwise not, so that it is as wide as can be.
 */
static void complete_tag(const struct table_run *tr, const struct flow_key *key,
			 struct answer *theirs)
{
	for (size_t i = 0; i < tr->table.n_rules; i++)
		if (tr->table.rules[i].match.mask.vlan_tci)
			theirs->megaflow.mask.vlan_tci |= XVS_BE16(XVS_VLAN_PRESENT);
	flow_mask_key(&theirs->megaflow.key, key, &theirs->megaflow.mask);
}

/* Remembers the packet for the datapath, with the flow that it should make. */
static void note_frame(struct table_run *tr, const struct flow_key *key,
		       const struct answer *traced)
{
	struct answer flow = *traced;

	if (!odp_makes_frame(key))
		return;
	/* In its datapath a VLAN, or its absence, cannot be left open. */
	if (!flow.megaflow.mask.vlan_tci)
		flow.megaflow.mask.vlan_tci = XVS_BE16(XVS_VLAN_PRESENT | XVS_VLAN_VID_MASK);
	flow_mask_key(&flow.megaflow.key, key, &flow.megaflow.mask);
	answer_cache_add(&tr->frames, key, &flow);
	tr->received[tr->n_received++] = *key;
}

static int run_packet(struct run *r, struct table_run *tr)
{
	struct answer ours, theirs;
	struct flow_key key;
	int rc;

	random_packet(&tr->table, &key);
	rc = xvs_side_answer(&tr->xvs, &key, &ours);
	if (!rc)
		rc = ovs_side_answer(&r->ovs, &key, &theirs);
	if (rc)
		return rc;
	r->packets++;
	r->forwarded += theirs.out_port != 0;
	add_answer(&r->ours, &tr->ours, &key, &ours);
	note_frame(tr, &key, &theirs);
	complete_tag(tr, &key, &theirs);
	add_answer(&r->theirs, &tr->theirs, &key, &theirs);
	if (ours.out_port != theirs.out_port && r->differences++ < MAX_SHOWN) {
		print_table(tr);
		print_packet(&key, &ours, &theirs);
	} else if (r->show && !match_equal(&ours.megaflow, &theirs.megaflow)) {
		print_packet(&key, &ours, &theirs);
	}
	return 0;
}

static int count_flows(struct run *r, const struct table_run *tr, size_t *n_flows)
{
	int rc = ovs_side_flush(&r->ovs);

	for (size_t i = 0; i < tr->n_received && !rc; i++)
		rc = ovs_side_receive(&r->ovs, &tr->received[i]);
	return rc ? rc : ovs_side_count(&r->ovs, tr->n_received, n_flows);
}

/* Its datapath may lose a flow to a revalidator that is still at work on the
 * flows of the table before: another try then tells. */
static int run_frames(struct run *r, const struct table_run *tr)
{
	size_t n_flows = 0;

	for (int i = 0; i < FRAMES_TRIES && n_flows != tr->frames.n; i++) {
		int rc = count_flows(r, tr, &n_flows);

		if (rc)
			return rc;
	}
	if (n_flows != tr->frames.n)
		printf("#   table XVS_TEST_SEED=%#llx: %zu datapath flows, %zu by the traces\n",
		       (unsigned long long)tr->seed, n_flows, tr->frames.n);
	r->frames += tr->n_received;
	r->frame_flows += n_flows;
	r->frame_megaflows += tr->frames.n;
	return 0;
}

static void sum_cache(struct side_sum *sum, const struct answer_cache *cache)
{
	sum->megaflows += cache->n;
	sum->wrong += cache->n_wrong;
	sum->overlaps += cache->n_overlaps;
}

static void sum_table(struct run *r, const struct table_run *tr)
{
	r->rules += tr->table.n_rules;
	sum_cache(&r->ours, &tr->ours);
	sum_cache(&r->theirs, &tr->theirs);
	r->better_tables += tr->ours.n < tr->theirs.n;
	if (tr->ours.n <= tr->theirs.n)
		return;
	r->worse_tables++;
	printf("#   table XVS_TEST_SEED=%#llx, %s, %zu rules: xvs %zu megaflows, Open vSwitch %zu\n",
	       (unsigned long long)tr->seed, random_table_kind(&tr->table), tr->table.n_rules,
	       tr->ours.n, tr->theirs.n);
}

static int run_opened_table(struct run *r, struct table_run *tr, bool frames)
{
	int rc;

	random_table(&tr->table, tr->seed);
	if (r->show)
		print_table(tr);
	rc = load_table(r, tr);
	for (unsigned long i = 0; i < r->n_packets && !rc; i++)
		rc = run_packet(r, tr);
	if (!rc && frames)
		rc = run_frames(r, tr);
	if (!rc)
		sum_table(r, tr);
	return rc;
}

static int run_table(struct run *r, __u64 seed, bool frames)
{
	struct table_run *tr = calloc(1, sizeof(*tr));
	int rc;

	if (!tr)
		return -ENOMEM;
	tr->seed = seed;
	rc = xvs_side_open(&tr->xvs);
	if (!rc) {
		rc = run_opened_table(r, tr, frames);
		xvs_side_close(&tr->xvs);
	}
	if (rc)
		printf("#   table XVS_TEST_SEED=%#llx: gave up (%d)\n", (unsigned long long)seed,
		       rc);
	free(tr);
	return rc;
}

static void print_sum(const struct run *r, unsigned long tables)
{
	double packets = r->packets ? (double)r->packets : 1;

	printf("# %lu tables with %lu rules, %lu packets, %lu of them forwarded\n", tables,
	       r->rules, r->packets, r->forwarded);
	printf("# megaflows: xvs %lu, Open vSwitch %lu; xvs fewer in %lu tables, more in %lu\n",
	       r->ours.megaflows, r->theirs.megaflows, r->better_tables, r->worse_tables);
	printf("# bits un-wildcarded a packet: xvs %.2f, Open vSwitch %.2f\n",
	       (double)r->ours.bits / packets, (double)r->theirs.bits / packets);
	printf("# of these overlap another one: xvs %lu, Open vSwitch %lu\n", r->ours.overlaps,
	       r->theirs.overlaps);
	printf("# as frames: %lu received, %lu flows in its datapath, %lu by its traces\n",
	       r->frames, r->frame_flows, r->frame_megaflows);
	printf("result tables=%lu packets=%lu forwarded=%lu differences=%lu ours=%lu theirs=%lu "
	       "ours_wrong=%lu theirs_wrong=%lu ours_overlap=%lu frames=%lu "
	       "frame_flows=%lu frame_megaflows=%lu\n",
	       tables, r->packets, r->forwarded, r->differences, r->ours.megaflows,
	       r->theirs.megaflows, r->ours.wrong, r->theirs.wrong, r->ours.overlaps, r->frames,
	       r->frame_flows, r->frame_megaflows);
}

static __u64 setting(const char *name, __u64 otherwise)
{
	const char *s = getenv(name);

	return s && *s ? strtoull(s, NULL, 0) : otherwise;
}

int main(int argc, char **argv)
{
	__u64 seed = setting("XVS_TEST_SEED", DEFAULT_SEED);
	unsigned long tables = setting("XVS_TEST_TABLES", DEFAULT_TABLES), i;
	struct run r = {
		.show = setting("XVS_TEST_SHOW", 0) != 0,
		.n_packets = setting("XVS_TEST_PACKETS", DEFAULT_PACKETS),
	};
	int rc = 0;

	if (argc != 3 || r.n_packets > CACHE_MAX) {
		fprintf(stderr, "usage: differential CONTROL-SOCKET MANAGEMENT\n");
		return 2;
	}
	if (ovs_side_open(&r.ovs, argv[1], argv[2]))
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("# XVS_TEST_SEED=%#llx XVS_TEST_TABLES=%lu\n", (unsigned long long)seed, tables);
	for (i = 0; i < tables && !rc; i++)
		rc = run_table(&r, seed + i, i % FRAMES_EVERY == 0);
	ovs_side_close(&r.ovs);
	print_sum(&r, tables);
	return rc ? 1 : 0;
}
