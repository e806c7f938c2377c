// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * prog_tests: the BPF programs, run for real by BPF_PROG_RUN and on devices of
 * a private network name space. Needs root; touches nothing outside.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "harness.h"

struct suite {
	const char *name;
	void (*run)(struct harness *t);
	const char *what;
};

static const struct suite suites[] = {
	{"parse", suite_parse, "frames to keys, both hooks"},
	{"actions", suite_actions, "programs, byte for byte with execute_ref"},
	{"drops", suite_drops, "each drop reason that the fast path gives"},
	{"cache", suite_cache, "microflows, megaflows, versions, removal"},
	{"upcall", suite_upcall, "records, admission, in-flight packets"},
	{"offload", suite_offload, "checksums and segmentation left to the device"},
	{"partial", suite_partial, "checksums that look left to the device"},
	{"live", suite_live, "attached programs: hand-over, tags, the host's address"},
	{"host", suite_host, "the host's own stack as a port of its device"},
	{"sockets", suite_sockets, "frames for sockets of the daemon, and the socket"},
	{"effects", suite_effects, "meters, copies for a controller"},
	{"passes", suite_passes, "a packet that is looked up again"},
	{"ct", suite_ct, "connections: what packets are told, what is kept of them"},
	{"ct_frag", suite_ct_frag, "fragments, of which the first one decides"},
	{"ct_icmp", suite_ct_icmp, "ICMP errors about connections"},
	{"ct_nat", suite_ct_nat, "translated connections, and errors about them"},
	{"ct_tcp", suite_ct_tcp, "states and windows of TCP"},
	{"pipeline", suite_pipeline, "rules as users write them, every action and field"},
	{"dryrun", suite_dryrun, "marked packets: a record, and no effect"},
	{"differential", suite_differential, "random frames and programs"},
};
#define N_SUITES (sizeof(suites) / sizeof(suites[0]))

#define VERIFIED_INSNS_LIMIT 250000

static int usage(FILE *f, int status)
{
	fprintf(f, "usage: prog_tests [--list] [--only TEXT] [--suite NAME]... [--verbose]\n"
		   "                  [--seed N] [--verified-insns]\n");
	for (size_t i = 0; i < N_SUITES; i++)
		fprintf(f, "  %-14s %s\n", suites[i].name, suites[i].what);
	return status;
}

/* Prints what the verifier walked of each program; the number over the limit. */
int verified_insns(void)
{
	int over = 0;

	for (int fd = 3; fd < 1024; fd++) {
		struct bpf_prog_info info = {0};
		__u32 len = sizeof(info);

		if (bpf_obj_get_info_by_fd(fd, &info, &len) || strncmp(info.name, "xvs_", 4))
			continue;
		printf("%s %u\n", info.name, info.verified_insns);
		over += info.verified_insns >= VERIFIED_INSNS_LIMIT;
	}
	return over;
}

static bool wants_suite(char *const *wanted, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(wanted[i], name))
			return true;
	return !n;
}

static int run_suites(struct harness *t, char *const *wanted, size_t n)
{
	struct utsname uts;

	uname(&uts);
	printf("# prog_tests on Linux %s, seed %u\n", uts.release, t->seed);
	for (size_t i = 0; i < N_SUITES; i++) {
		unsigned int failed = t->n_failed, count = t->n;
		struct timespec a, b;

		if (!wants_suite(wanted, n, suites[i].name))
			continue;
		clock_gettime(CLOCK_MONOTONIC, &a);
		suites[i].run(t);
		clock_gettime(CLOCK_MONOTONIC, &b);
		if (!t->list)
			printf("# %s: %u tests, %u failed, %.1f s\n", suites[i].name, t->n - count,
			       t->n_failed - failed,
			       (double)(b.tv_sec - a.tv_sec) +
				       (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	}
	if (t->list)
		return 0;
	if (t->verbose)
		printf("1..%u\n", t->n);
	printf("%u passed, %u failed, %u skipped\n", t->n_passed, t->n_failed, t->n_skipped);
	return t->n_failed || !t->n;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"list", no_argument, NULL, 'l'},        {"only", required_argument, NULL, 'o'},
		{"suite", required_argument, NULL, 's'}, {"verbose", no_argument, NULL, 'v'},
		{"seed", required_argument, NULL, 'S'},  {"verified-insns", no_argument, NULL, 'i'},
		{"help", no_argument, NULL, 'h'},        {0},
	};
	static struct harness t;
	char *wanted[N_SUITES], error[600];
	bool insns = false;
	size_t n_wanted = 0;
	int c, ret;

	t.seed = (unsigned int)time(NULL);
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'l')
			t.list = true;
		else if (c == 'o')
			t.only = optarg;
		else if (c == 's' && n_wanted < N_SUITES)
			wanted[n_wanted++] = optarg;
		else if (c == 'v')
			t.verbose = true;
		else if (c == 'S')
			t.seed = (unsigned int)strtoul(optarg, NULL, 0);
		else if (c == 'i')
			insns = true;
		else
			return usage(c == 'h' ? stdout : stderr, c == 'h' ? 0 : 2);
	}
	if (harness_open(&t, error, sizeof(error))) {
		fprintf(stderr, "prog_tests: %s\n", error);
		return 1;
	}
	if (insns) {
		ret = verified_insns();
		if (ret)
			printf("%d programs at or above %d\n", ret, VERIFIED_INSNS_LIMIT);
	} else {
		ret = run_suites(&t, wanted, n_wanted);
	}
	harness_close(&t);
	return ret ? 1 : 0;
}
