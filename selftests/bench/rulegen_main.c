// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rulegen: a rule set like those of ClassBench, as flow text or as a file for
 * the benchmarks (rulegen.h, ruleset.h).
 *
 *   rulegen [-s SEED] [-f FLOWS] [-p PACKETS] [-a ACTIONS] [-t] [-i] [-o FILE] KIND RULES
 *
 *   -t   flow text on standard output
 *   -i   what the set is like, on standard output
 *   -o   the file, with FLOWS flows and traces of PACKETS packets
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rulegen.h"

struct options {
	uint64_t seed;
	size_t n_rules, n_flows, n_packets;
	enum rulegen_kind kind;
	const char *actions, *file;
	bool text, info;
};

static void print_prefix(const char *field, uint32_t addr, uint32_t mask)
{
	struct in_addr in = {.s_addr = htonl(addr)};
	char text[INET_ADDRSTRLEN];

	if (mask)
		printf(",%s=%s/%d", field, inet_ntop(AF_INET, &in, text, sizeof(text)),
		       __builtin_popcount(mask));
}

static void print_port(const char *field, uint16_t value, uint16_t mask)
{
	if (mask == 0xffff)
		printf(",%s=%u", field, value);
	else if (mask)
		printf(",%s=0x%x/0x%x", field, value, mask);
}

static void print_rule(const struct tuple_rule *r, const char *actions)
{
	const char *proto = !r->proto_mask   ? "ip"
			    : r->proto == 6  ? "tcp"
			    : r->proto == 17 ? "udp"
					     : "icmp";

	printf("priority=%u,%s", r->priority, proto);
	print_prefix("nw_src", r->src, r->src_mask);
	print_prefix("nw_dst", r->dst, r->dst_mask);
	print_port("tp_src", r->sport, r->sport_mask);
	print_port("tp_dst", r->dport, r->dport_mask);
	printf(",actions=%s\n", actions);
}

static int by_masks(const void *a, const void *b)
{
	const struct tuple_rule *x = a, *y = b;

	if (x->src_mask != y->src_mask)
		return x->src_mask < y->src_mask ? -1 : 1;
	if (x->dst_mask != y->dst_mask)
		return x->dst_mask < y->dst_mask ? -1 : 1;
	if (x->sport_mask != y->sport_mask)
		return x->sport_mask < y->sport_mask ? -1 : 1;
	if (x->dport_mask != y->dport_mask)
		return x->dport_mask < y->dport_mask ? -1 : 1;
	return x->proto_mask - y->proto_mask;
}

/* Sorts the rules by their masks: the last thing that is done with them. */
static void print_info(struct ruleset *rs)
{
	size_t n_tuples = 0, n_pairs = 0, n_priorities = 0;

	for (size_t i = 0; i < rs->n_rules; i++)
		n_priorities += !i || rs->rules[i].priority != rs->rules[i - 1].priority;
	qsort(rs->rules, rs->n_rules, sizeof(*rs->rules), by_masks);
	for (size_t i = 0; i < rs->n_rules; i++) {
		const struct tuple_rule *r = &rs->rules[i], *before = r - 1;

		n_tuples += !i || by_masks(r, before);
		n_pairs += !i || r->src_mask != before->src_mask || r->dst_mask != before->dst_mask;
	}
	printf("%zu rules, %zu priorities, %zu masks, %zu of them by addresses\n", rs->n_rules,
	       n_priorities, n_tuples, n_pairs);
}

static bool parse_options(int argc, char **argv, struct options *o)
{
	int c, kind;

	while ((c = getopt(argc, argv, "s:f:p:a:o:ti")) != -1) {
		switch (c) {
		case 's':
			o->seed = strtoull(optarg, NULL, 0);
			break;
		case 'f':
			o->n_flows = strtoull(optarg, NULL, 0);
			break;
		case 'p':
			o->n_packets = strtoull(optarg, NULL, 0);
			break;
		case 'a':
			o->actions = optarg;
			break;
		case 'o':
			o->file = optarg;
			break;
		case 't':
			o->text = true;
			break;
		case 'i':
			o->info = true;
			break;
		default:
			return false;
		}
	}
	if (argc - optind != 2)
		return false;
	kind = rulegen_kind_parse(argv[optind]);
	o->kind = (enum rulegen_kind)kind;
	o->n_rules = strtoull(argv[optind + 1], NULL, 0);
	return kind >= 0 && o->n_rules && o->n_flows && o->n_packets;
}

static int run(const struct options *o, struct ruleset *rs)
{
	int err = rulegen_rules(rs, o->kind, o->n_rules, o->seed);

	if (!err && o->file)
		err = rulegen_traces(rs, o->kind, o->n_flows, o->n_packets, o->seed);
	if (!err && o->file)
		err = ruleset_write(rs, o->file);
	if (err)
		return err;
	for (size_t i = 0; o->text && i < rs->n_rules; i++)
		print_rule(&rs->rules[i], o->actions);
	if (o->info)
		print_info(rs);
	return fflush(stdout) ? -errno : 0;
}

int main(int argc, char **argv)
{
	struct options o = {
		.seed = 1, .n_flows = 65536, .n_packets = 131072, .actions = "output:2"};
	struct ruleset rs = {0};
	int err;

	if (!parse_options(argc, argv, &o)) {
		fprintf(stderr, "usage: rulegen [-s SEED] [-f FLOWS] [-p PACKETS] [-a ACTIONS] "
				"[-t] [-i] [-o FILE] acl|fw|ipc RULES\n");
		return 2;
	}
	err = run(&o, &rs);
	if (err)
		fprintf(stderr, "rulegen: %s %zu: %s\n", rulegen_kind_name(o.kind), o.n_rules,
			strerror(-err));
	ruleset_fini(&rs);
	return err ? 1 : 0;
}
