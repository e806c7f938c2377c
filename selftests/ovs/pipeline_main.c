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
 *   XVS_TEST_PACKETS=N    packets a pipeline (default 50)
 *   XVS_TEST_SHOW=N       pipelines that differ are shown, up to so many (default 6)
 *   XVS_TEST_ROW=NAME     rows whose name has this, and nothing else
 *
 * A pipeline for which something differs is shrunk and printed. What is not
 * compared, since neither is wrong:
 *
 *   - the order of outputs to different ports; of a flood, of all outputs;
 *   - which of several live buckets a select group takes;
 *   - that an expired TTL tells a controller, as Open vSwitch has it do;
 *   - outputs to a port that is down, which Open vSwitch makes all the same.
 *
 * What is left out of pipelines, with the reason, stands where they are made. The
 * last line is "result NAME=VALUE ..."; the status is 0 if all could be asked,
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
#define DEFAULT_PACKETS 50
#define SEEDS_A_SCENARIO 8
#define DEFAULT_SHOWN 6

struct run {
	struct pipeline_run r;
	struct coverage coverage;
	struct row_sum rows;
	unsigned long n_packets; /* a pipeline */
	unsigned long n_shown; /* that differ */
	unsigned long pipelines, packets, outputs, crossed, hits, later_passes, learned;
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

static void show(struct run *run, struct pipeline *p, const struct pipeline_packet *packet)
{
	if (differences(run) > run->n_shown)
		return;
	if (!pipeline_shrink(&run->r, p, packet))
		printf("#   it takes the packets before this one:\n");
	pipeline_run_print(&run->r, p, packet);
}

static void count(struct run *run, const struct pipeline *p)
{
	const struct pipeline_run *r = &run->r;

	run->packets++;
	run->verdicts[r->verdict]++;
	run->outputs += r->ovs.effect.n;
	run->crossed += r->ovs.n_crossed;
	run->hits += r->hit;
	run->later_passes += r->xvs.passes - 1;
	run->learned += r->xvs.out.learned;
	pipeline_run_cover(r, p, &run->coverage);
}

static int run_packets(struct run *run, struct pipeline *p)
{
	static struct pipeline_packet packet;

	for (unsigned long i = 0; i < run->n_packets; i++) {
		int rc;

		/* Every other one is near the one before: its megaflow should have it,
		 * and has to be right. */
		if (i % 2)
			pipeline_neighbour(p, &run->r.xvs.first.key, &run->r.xvs.first.mask,
					   &packet);
		else
			pipeline_packet(p, &packet);
		rc = pipeline_run_packet(&run->r, &packet);
		if (rc) {
			pipeline_run_print(&run->r, p, &packet);
			return rc;
		}
		count(run, p);
		if (run->r.verdict != RUN_SAME) {
			show(run, p, &packet);
			break;
		}
	}
	return 0;
}

static int run_pipeline(struct run *run, __u64 seed)
{
	struct pipeline *p;
	int rc = pipeline_create(seed, &p);

	if (rc)
		return rc;
	rc = pipeline_run_load(&run->r, p, scenario_of(seed));
	if (!rc)
		rc = run_packets(run, p);
	pipeline_destroy(p);
	run->pipelines++;
	if (rc)
		printf("#   XVS_TEST_SEED=%#llx: gave up (%d)\n", (unsigned long long)seed, rc);
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
	printf("result rows=%lu row_packets=%lu rows_differ=%lu pipelines=%lu packets=%lu "
	       "crossed=%lu outputs=%lu hits=%lu passes=%lu learned=%lu other_effect=%lu "
	       "other_megaflow=%lu other_rules=%lu never=%u\n",
	       run->rows.rows, run->rows.packets, run->rows.failed, run->pipelines, run->packets,
	       run->crossed, run->outputs, run->hits, run->later_passes, run->learned,
	       run->verdicts[RUN_OTHER_EFFECT], run->verdicts[RUN_OTHER_MEGAFLOW],
	       run->verdicts[RUN_OTHER_RULES], never);
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
