/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The command line, checked against the command table. Pure: prints nothing,
 * asks nobody.
 */
#ifndef CTL_CMDLINE_H
#define CTL_CMDLINE_H

#include "command.h"
#include "err.h"

#define CMDLINE_MAX_OPTIONS 16

struct cmdline {
	/* global options */
	bool json;
	bool pretty; /* implies json */
	bool stats;
	bool quiet;
	int timeout_ms; /* 0: not given */
	const char *socket; /* NULL: not given */

	const struct command *cmd;
	const char *help_object; /* COMMAND_HELP: the object; NULL: all */
	char **args; /* an array of its own, words borrowed from argv */
	size_t n_args;
	struct {
		const struct command_option *option;
		const char *value; /* NULL: a flag */
	} options[CMDLINE_MAX_OPTIONS];
	size_t n_options;
};

/* 0, or -EINVAL with 'err' filled (usage); 'c' then still has the global
 * options, so that the error can be shown as asked for. cmdline_fini always. */
int cmdline_parse(struct cmdline *c, int argc, char **argv, struct err *err);
void cmdline_fini(struct cmdline *c);

#endif /* CTL_CMDLINE_H */
