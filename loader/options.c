// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xvsd's command line: one table for parsing and help.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xvs/limits.h"
#include "xvs/rpc.h"

static const struct {
	struct option o;
	const char *arg;
	const char *help;
} table[] = {
	{{"daemon", no_argument, NULL, 'd'}, "", "go to the background once ready"},
	{{"flow-limit", required_argument, NULL, 'l'}, "N", "most megaflows (default 65536)"},
	{{"ct-limit", required_argument, NULL, 't'}, "N", "most connections (default 131072)"},
	{{"forward-threads", required_argument, NULL, 'f'},
	 "N",
	 "threads that vhost-user ports share (default 1)"},
	{{"log-level", required_argument, NULL, 'v'}, "LEVEL", "err, warn, info or debug"},
	{{"cleanup", no_argument, NULL, 'c'}, "", "undo what a daemon that died left, and exit"},
	{{"help", no_argument, NULL, 'h'}, "", "this list"},
	{{"version", no_argument, NULL, 'V'}, "", "the version"},
};
#define N_OPTIONS (sizeof(table) / sizeof(table[0]))

void options_help(void)
{
	printf("usage: xvsd [OPTION]...\n"
	       "The daemon of xvs, a virtual switch. xvsctl attach starts it.\n\n");
	for (size_t i = 0; i < N_OPTIONS; i++) {
		char name[40];

		snprintf(name, sizeof(name), "--%s %s", table[i].o.name, table[i].arg);
		printf("  %-22s %s\n", name, table[i].help);
	}
	printf("\nenvironment:\n"
	       "  XVS_RUNDIR             socket, pid file, log (default " XVS_RUNDIR_DEFAULT ")\n"
	       "  XVS_BPFFS              where the bpf file system is (default " XVS_BPFFS_DEFAULT
	       ")\n");
}

static int parse_number(const char *option, const char *text, unsigned int max, unsigned int *out)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno || end == text || *end || v < 1 || v > max) {
		fprintf(stderr, "xvsd: --%s %s: a number from 1 to %u is needed\n", option, text,
			max);
		return -EINVAL;
	}
	*out = (unsigned int)v;
	return 0;
}

static int parse_level(const char *text, enum log_level *out)
{
	static const char *const names[] = {"err", "warn", "info", "debug"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i])) {
			*out = (enum log_level)i;
			return 0;
		}
	}
	fprintf(stderr, "xvsd: --log-level %s: err, warn, info or debug is needed\n", text);
	return -EINVAL;
}

static int apply(int c, struct options *o)
{
	switch (c) {
	case 'd':
		o->daemon = true;
		return 0;
	case 'l':
		return parse_number("flow-limit", optarg, XVS_FLOW_LIMIT_MAX, &o->flow_limit);
	case 't':
		return parse_number("ct-limit", optarg, XVS_CT_LIMIT_MAX, &o->ct_limit);
	case 'f':
		return parse_number("forward-threads", optarg, XVS_MAX_FORWARD_THREADS,
				    &o->forward_threads);
	case 'v':
		return parse_level(optarg, &o->log_level);
	case 'c':
		o->cleanup = true;
		return 0;
	case 'h':
		o->help = true;
		return 0;
	case 'V':
		o->version = true;
		return 0;
	default:
		fprintf(stderr, "see xvsd --help\n");
		return -EINVAL;
	}
}

static const char *from_env(const char *name, const char *fallback)
{
	const char *v = getenv(name);

	return v && *v ? v : fallback;
}

int options_parse(int argc, char **argv, struct options *o)
{
	struct option longs[N_OPTIONS + 1] = {0};
	int c, rc = 0;

	*o = (struct options){
		.rundir = from_env("XVS_RUNDIR", XVS_RUNDIR_DEFAULT),
		.bpffs = from_env("XVS_BPFFS", XVS_BPFFS_DEFAULT),
		.flow_limit = XVS_FLOW_LIMIT_DEFAULT,
		.ct_limit = XVS_CT_LIMIT_DEFAULT,
		.forward_threads = 1,
		.log_level = LOG_LVL_INFO,
	};
	for (size_t i = 0; i < N_OPTIONS; i++)
		longs[i] = table[i].o;
	while (!rc && (c = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		rc = apply(c, o);
	if (!rc && optind < argc) {
		fprintf(stderr, "xvsd: unexpected argument '%s'\nsee xvsd --help\n", argv[optind]);
		rc = -EINVAL;
	}
	return rc;
}
