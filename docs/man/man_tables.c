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
#include "field.h"
#include "flow_parse.h"
#include "options.h"
#include "policy_text.h"
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

static void print_names(const char *const *names, size_t n)
{
	for (size_t i = 0; i < n && names[i]; i++)
		printf(", ``%s``", names[i]);
}

/* "32 bits, mask, can be set; needs ip" */
static void print_field_traits(const struct field *f)
{
	static const char *const masks[] = {
		[FIELD_MASK_NONE] = "",
		[FIELD_MASK_ANY] = ", mask",
		[FIELD_MASK_SPECIAL] = ", words of its own",
	};
	unsigned int bits = field_n_bits(f);

	printf("\n    %u bit%s%s%s", bits, bits == 1 ? "" : "s", masks[f->mask_rule],
	       f->set_bits ? ", can be set" : "");
	if (*field_prereq_name(f))
		printf("; needs %s", field_prereq_name(f));
	printf("\n\n");
}

/* "reg0 to reg15" as one. */
static void print_registers(enum field_id first, enum field_id last)
{
	const struct field *f = &fields[first], *l = &fields[last];

	printf("``%s`` to ``%s``, ``%s`` to ``%s``", f->name, l->name, f->oxm[0], l->oxm[0]);
	print_field_traits(f);
}

static void print_fields(void)
{
	for (int id = 0; id < FIELD_N; id++) {
		const struct field *f = &fields[id];

		if (id >= FIELD_REG0 && id <= FIELD_XXREG_LAST)
			continue;
		printf("``%s``", f->name);
		print_names(f->alias, sizeof(f->alias) / sizeof(f->alias[0]));
		print_names(f->oxm, sizeof(f->oxm) / sizeof(f->oxm[0]));
		print_field_traits(f);
	}
	print_registers(FIELD_REG0, FIELD_REG_LAST);
	print_registers(FIELD_XREG0, FIELD_XREG_LAST);
	print_registers(FIELD_XXREG0, FIELD_XXREG_LAST);
}

/* Actions without a summary share that of the one in front of them. */
static void print_actions(void)
{
	struct action_doc doc, next;
	const char *summary = "";

	for (size_t i = 0; action_doc(i, &doc); i++) {
		if (*doc.summary)
			summary = doc.summary;
		printf("``%s``", doc.syntax);
		if (action_doc(i + 1, &next) && !*next.summary)
			printf(", ");
		else
			printf("\n    %s\n\n", summary);
	}
}

static void print_term(void *aux, const char *term)
{
	int *n = aux;

	printf("%s``%s``", (*n)++ ? ", " : "", term);
}

/* Those that every policy has. */
static void print_services(void)
{
	struct policy *p;
	const char *name;
	bool builtin;

	if (policy_create(0, &p))
		return;
	for (size_t i = 0; (name = policy_service_name(p, i, &builtin)); i++) {
		int n = 0;

		printf("``%s``\n    ", name);
		policy_service_items(p, name, print_term, &n);
		printf("\n\n");
	}
	policy_put(p);
}

static const struct {
	const char *name;
	void (*print)(void);
} tables[] = {
	{"global_options", print_global_options}, {"commands", print_commands},
	{"drop_reasons", print_drop_reasons},     {"exit_statuses", print_exit_statuses},
	{"xvsd_options", options_help},           {"flow_fields", print_fields},
	{"policy_services", print_services},      {"flow_actions", print_actions},
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
