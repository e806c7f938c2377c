/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * xvsd's command line and environment.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

#include "log.h"

struct options {
	const char *rundir;
	const char *bpffs;
	unsigned int flow_limit;
	unsigned int ct_limit;
	unsigned int forward_threads; /* that vhost-user ports share */
	enum log_level log_level;
	bool daemon;
	bool cleanup;
	bool help;
	bool version;
};

/* 0, or -EINVAL after a message on standard error. */
int options_parse(int argc, char **argv, struct options *o);
void options_help(void);

#endif /* OPTIONS_H */
