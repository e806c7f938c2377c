// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The lists of the manual pages in reStructuredText, printed from the tables
 * that the programs work by, so that the manual cannot say anything else.
 * `man_tables NAME` prints one; docs/docs.mk includes them in the pages.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "err.h"
#include "options.h"
#include "xvs/drop_reason.h"

static void print_options(const struct command_option *o, const char *between, const char *indent)
{
	for (; o && o->name; o++) {
		printf("%s``%s", indent, o->name);
		if (o->value)
			printf("%s%s", between, o->value);
		printf("``\n%s    %s\n\n", indent, o->summary);
	}
}

static void print_global_options(void)
{
	print_options(global_options, " ", "");
}

static void print_commands(void)
{
	struct strbuf usage;

	for (const struct command *c = commands; c->object; c++) {
		strbuf_init(&usage);
		command_usage(c, &usage);
		printf("``xvsctl %s``\n    %s\n\n", strbuf_str(&usage), c->summary);
		strbuf_fini(&usage);
		print_options(c->options, "=", "    ");
	}
}

static void print_drop_reasons(void)
{
#define PRINT_REASON(sym, name, text) printf("``%s``\n    %s\n\n", name, text);
	XVS_DROP_REASONS(PRINT_REASON)
#undef PRINT_REASON
}

static void print_exit_statuses(void)
{
	for (int status = 0; status <= err_exit_status(XVS_RPC_TIMEOUT); status++) {
		const char *between = "";

		printf("%d\n    ", status);
		for (int c = 0; c < XVS_RPC_ERROR_N; c++) {
			if (err_exit_status((enum xvs_rpc_error)c) != status)
				continue;
			printf("%s``%s``", between, err_code_name((enum xvs_rpc_error)c));
			between = ", ";
		}
		printf("\n\n");
	}
}

static const struct {
	const char *name;
	void (*print)(void);
} tables[] = {
	{"global_options", print_global_options}, {"commands", print_commands},
	{"drop_reasons", print_drop_reasons},     {"exit_statuses", print_exit_statuses},
	{"xvsd_options", options_help},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (strcmp(argv[1], tables[i].name))
			continue;
		tables[i].print();
		return 0;
	}
	fprintf(stderr, "usage: man_tables TABLE\n");
	return 2;
}
