// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ovs_pipeline DIRECTORY: pipelines of several tables through xvs and through a
 * running Open vSwitch (selftests/netns/differential_ovs_pipeline.sh). First the
 * rows, one for each action and field (pipeline_rows.h), then random pipelines,
 * each with packets of its own. Both have to do the same with each frame, by the
 * same rules; and so has every megaflow of xvs with packets that come later.
 *
 *   XVS_TEST_SEED=N       seed of the first pipeline; the next has N + 1
 *   XVS_TEST_PIPELINES=N  how many (default 200)
 *   XVS_TEST_PACKETS=N    packets a pipeline (default 60)
 *   XVS_TEST_SHOW=N       pipelines that differ are shown, up to so many (default 6)
 *   XVS_TEST_ROW=NAME     rows whose name has this, and nothing else
 *
 * A pipeline for which something differs is shrunk and printed. What is not
 * compared, since neither is wrong:
 *
 *   - the order of outputs to different ports; of a flood, of all outputs;
 *   - which of several live buckets a select group takes;
 *   - that an expired TTL tells a controller, as Open vSwitch has it do;
 *   - outputs to a port that is down, which Open vSwitch makes all the same;
 *   - what an access port gets of frames with two tags: nothing from Open vSwitch
 *     when it looks at both (pipeline_run.c);
 *   - a packet several copies of which need a next pass: xvs has one of them go on
 *     with its inner headers, Open vSwitch all. Of both it is printed how many.
 *
 * What is left out of random pipelines, in most cases because Open vSwitch 3.1 has
 * ways of its own (it stands where they are made, too):
 *
 *   - writes to fields of RARP, and of packets whose IP protocol or ARP operation is
 *     0: it takes them and does not make them;
 *   - later fragments of IPv6: their protocol is 44 there;
 *   - more than two tags, two tags one of which is all zero, and pop_mpls to IP of a
 *     label that is not the last: it takes off what is inside too;
 *   - steps to another pass on a clone, or behind `exit` of a peer: it loses what
 *     follows; so dp_hash and pop_mpls do not meet clone and exit;
 *   - meters in a clone: it refuses them there, and lets those of a table that a
 *     clone resubmits to meter the packet itself, too;
 *   - tags of type 0x88a8 across passes: xvs forgets their type;
 *   - loops, whose depth the switches count differently; rows have them.
 *
 * The last line is "result NAME=VALUE ..."; the status is 0 if all could be asked,
 * whatever came out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "coverage.h"
#include "field_rows.h"
#include "pipeline_rows.h"
#include "pipeline_run.h"

#define DEFAULT_SEED 0x919e
#define DEFAULT_PIPELINES 200
#define DEFAULT_PACKETS 60
#define SEEDS_A_SCENARIO 8
#define DEFAULT_SHOWN 6

struct run {
	struct pipeline_run r;
	struct coverage coverage;
	struct row_sum rows;
	unsigned long n_packets; /* a pipeline */
	unsigned long n_shown; /* that differ */
	unsigned long pipelines, packets, outputs, crossed, hits, later_passes, learned, two_tags,
		copies;
	unsigned long verdicts[RUN_VERDICTS];
};

static const struct scenario *scenario_of(__u64 seed)
{
	return &scenarios[seed / SEEDS_A_SCENARIO % SCENARIOS];
}

static unsigned long differences(const struct run *run)
{
	return run->verdicts[RUN_OTHER_EFFECT] + run->verdicts[RUN_OTHER_MEGAFLOW] +
	       run->verdicts[RUN_OTHER_RULES];
}

static void show(struct run *run, struct pipeline *p, struct packet_list *packets)
{
	if (differences(run) > run->n_shown)
		return;
	pipeline_shrink(&run->r, p, packets);
	pipeline_run_print(&run->r, p, packets);
}

static void count(struct run *run, const struct pipeline *p)
{
	const struct pipeline_run *r = &run->r;

	run->packets++;
	run->verdicts[r->verdict]++;
	run->outputs += r->ovs.effect.n;
	run->crossed += r->ovs.n_crossed;
	run->hits += r->hit;
	run->two_tags += r->two_tags;
	run->copies += r->copies;
	run->later_passes += r->xvs.passes - 1;
	run->learned += r->xvs.out.learned;
	pipeline_run_cover(r, p, &run->coverage);
}

/* Every other packet is near the one before: its megaflow should have it, and has to
 * be right. */
static void next_packet(struct run *run, struct pipeline *p, unsigned long i,
			struct pipeline_packet *packet)
{
	const struct match *first = &run->r.xvs.first;

	if (i % 2)
		pipeline_neighbour(p, &first->key, &first->mask, packet);
	else
		pipeline_packet(p, packet);
}

static int run_packets(struct run *run, struct pipeline *p, struct packet_list *packets)
{
	static struct pipeline_packet packet;

	for (unsigned long i = 0; i < run->n_packets; i++) {
		int rc;

		next_packet(run, p, i, &packet);
		rc = packet_list_add(packets, &packet);
		if (!rc)
			rc = pipeline_run_packet(&run->r, &packet);
		if (rc)
			return rc;
		count(run, p);
		if (run->r.verdict != RUN_SAME)
			show(run, p, packets);
		/* Of other copies other addresses are learned. */
		if (run->r.verdict != RUN_SAME || run->r.copies)
			break;
	}
	return 0;
}

static int run_pipeline(struct run *run, __u64 seed)
{
	struct packet_list packets = {0};
	struct pipeline *p;
	int rc = pipeline_create(seed, &p);

	if (rc)
		return rc;
	rc = pipeline_run_load(&run->r, p, scenario_of(seed));
	if (!rc)
		rc = run_packets(run, p, &packets);
	run->pipelines++;
	if (rc) {
		pipeline_run_print(&run->r, p, &packets);
		printf("#   gave up (%d)\n", rc);
	}
	packet_list_clear(&packets);
	pipeline_destroy(p);
	return rc;
}

static void print_sum(const struct run *run, unsigned int never)
{
	printf("# %lu rows with %lu packets, %lu of the rows differ\n", run->rows.rows,
	       run->rows.packets, run->rows.failed);
	printf("# %lu random pipelines with %lu packets: %lu rules crossed, %lu outputs\n",
	       run->pipelines, run->packets, run->crossed, run->outputs);
	printf("# %lu packets by megaflows of others, %lu further passes, %lu that taught something\n",
	       run->hits, run->later_passes, run->learned);
	printf("# not compared: %lu copies that tell a controller of an expired TTL\n",
	       run->r.ovs.n_invalid_ttl);
	printf("# known to differ: two tags at access ports, %lu packets of random pipelines, %lu of rows\n",
	       run->two_tags, run->rows.two_tags);
	printf("# known to differ: several copies in need of a next pass, %lu packets\n",
	       run->copies);
	printf("result rows=%lu row_packets=%lu rows_differ=%lu pipelines=%lu packets=%lu "
	       "crossed=%lu outputs=%lu hits=%lu passes=%lu learned=%lu other_effect=%lu "
	       "other_megaflow=%lu other_rules=%lu known=%lu never=%u\n",
	       run->rows.rows, run->rows.packets, run->rows.failed, run->pipelines, run->packets,
	       run->crossed, run->outputs, run->hits, run->later_passes, run->learned,
	       run->verdicts[RUN_OTHER_EFFECT], run->verdicts[RUN_OTHER_MEGAFLOW],
	       run->verdicts[RUN_OTHER_RULES], run->two_tags + run->copies, never);
}

static __u64 setting(const char *name, __u64 otherwise)
{
	const char *s = getenv(name);

	return s && *s ? strtoull(s, NULL, 0) : otherwise;
}

int main(int argc, char **argv)
{
	__u64 seed = setting("XVS_TEST_SEED", DEFAULT_SEED);
	unsigned long pipelines = setting("XVS_TEST_PIPELINES", DEFAULT_PIPELINES);
	const char *only = getenv("XVS_TEST_ROW");
	static struct run run;
	int rc;

	if (only && !*only)
		only = NULL;
	if (argc != 2) {
		fprintf(stderr, "usage: ovs_pipeline DIRECTORY\n");
		return 2;
	}
	if (pipeline_run_open(&run.r, argv[1]))
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	run.n_packets = setting("XVS_TEST_PACKETS", DEFAULT_PACKETS);
	run.n_shown = setting("XVS_TEST_SHOW", DEFAULT_SHOWN);
	printf("# XVS_TEST_SEED=%#llx XVS_TEST_PIPELINES=%lu\n", (unsigned long long)seed,
	       pipelines);
	rc = pipeline_rows_run(&run.r, &run.coverage, only, &run.rows);
	for (unsigned long i = 0; i < pipelines && !rc && !only; i++)
		rc = run_pipeline(&run, seed + i);
	print_sum(&run, coverage_missing(&run.coverage, field_row_has, stdout));
	pipeline_run_close(&run.r);
	return rc ? 1 : 0;
}
