// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Help and completion; see help.h.
 */
#include "help.h"

#include <string.h>

#include "command.h"

#define SUMMARY_COLUMN 32

/* "  left        right": on two lines when left is too long. */
static void put_entry(struct strbuf *out, const char *left, const char *right)
{
	strbuf_printf(out, "  %-*s", SUMMARY_COLUMN - 2, left);
	if (strlen(left) > SUMMARY_COLUMN - 4)
		strbuf_printf(out, "\n%*s", SUMMARY_COLUMN, "");
	strbuf_printf(out, "%s\n", right);
}

static void put_option(struct strbuf *out, const struct command_option *o, const char *between)
{
	struct strbuf b;

	strbuf_init(&b);
	strbuf_printf(&b, "  %s", o->name);
	if (o->value)
		strbuf_printf(&b, "%s%s", between, o->value);
	put_entry(out, strbuf_str(&b), o->summary);
	strbuf_fini(&b);
}

void help_all(struct strbuf *out)
{
	const struct command *last = commands;
	struct strbuf b;

	strbuf_add(out, "usage: xvsctl");
	for (const struct command_option *o = global_options; o->name; o++)
		strbuf_printf(out, o->value ? " [%s %s]" : " [%s]", o->name, o->value);
	strbuf_add(out, " OBJECT VERB [NAME] [key=value ...]\n\n");
	for (const struct command *c = commands; c->object; c++) {
		/* A paragraph for each object with verbs. */
		if ((c->verb || last->verb) && strcmp(c->object, last->object))
			strbuf_addc(out, '\n');
		last = c;
		strbuf_init(&b);
		command_name(c, &b);
		strbuf_printf(&b, " %s", c->args);
		put_entry(out, strbuf_str(&b), c->summary);
		strbuf_fini(&b);
	}
	strbuf_add(out, "\noptions, anywhere:\n");
	for (const struct command_option *o = global_options; o->name; o++)
		put_option(out, o, " ");
	strbuf_add(out, "\nxvsctl help OBJECT tells more; xvsctl(8) has exit statuses, "
			"xvs-flows(7) the syntax of flows.\n");
}

void help_object(struct strbuf *out, const char *object)
{
	struct strbuf b;

	for (const struct command *c = commands; c->object; c++) {
		if (strcmp(c->object, object))
			continue;
		strbuf_init(&b);
		command_usage(c, &b);
		strbuf_printf(out, "xvsctl %s\n    %s\n", strbuf_str(&b), c->summary);
		strbuf_fini(&b);
		for (const struct command_option *o = c->options; o && o->name; o++)
			put_option(out, o, "=");
	}
}

json_t *help_json(const char *object)
{
	json_t *list = json_array();
	struct strbuf b;

	for (const struct command *c = commands; c->object; c++) {
		if (object && strcmp(c->object, object))
			continue;
		strbuf_init(&b);
		command_usage(c, &b);
		json_array_append_new(list, json_pack("{s:s, s:s}", "usage", strbuf_str(&b),
						      "summary", c->summary));
		strbuf_fini(&b);
	}
	return list;
}

/* "auto|xdp|tc" as words "hook=auto hook=xdp hook=tc"; free values end at '='. */
static void put_choices(struct strbuf *out, const struct command_option *o)
{
	if (!o->value) {
		strbuf_printf(out, " %s", o->name);
		return;
	}
	if (!command_option_is_choice(o)) {
		strbuf_printf(out, " %s=", o->name);
		return;
	}
	for (const char *p = o->value; *p; p += strspn(p, "|")) {
		size_t n = strcspn(p, "|");

		strbuf_printf(out, " %s=%.*s", o->name, (int)n, p);
		p += n;
	}
}

static void put_case(struct strbuf *out, const struct command *c)
{
	strbuf_printf(out, "\t'%s%s%s') words=\"", c->object, c->verb ? " " : "",
		      c->verb ? c->verb : "");
	for (const struct command_option *o = c->options; o && o->name; o++)
		put_choices(out, o);
	strbuf_add(out, "\" ;;\n");
}

static void put_verbs(struct strbuf *out, const char *object)
{
	strbuf_printf(out, "\t%s) words=\"", object);
	for (const struct command *c = commands; c->object; c++)
		if (c->verb && !strcmp(c->object, object))
			strbuf_printf(out, "%s ", c->verb);
	strbuf_add(out, "help\" ;;\n");
}

void help_completion(struct strbuf *out)
{
	const char *object = "";

	strbuf_add(out, "# bash completion of xvsctl, printed by `xvsctl completion`\n"
			"_xvsctl()\n{\n"
			"\tlocal cur=${COMP_LINE:0:COMP_POINT} i words= seen=()\n"
			"\tcur=${cur##* }\n"
			"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
			"\t\tcase ${COMP_WORDS[i]} in\n"
			"\t\t-t|-S) ((i++)) ;;\n"
			"\t\t-*) ;;\n"
			"\t\t*) seen+=(\"${COMP_WORDS[i]}\") ;;\n"
			"\t\tesac\n"
			"\tdone\n"
			"\tcase ${#seen[@]} in\n"
			"\t0) words=\"");
	for (const struct command *c = commands; c->object; c++) {
		if (strcmp(c->object, object))
			strbuf_printf(out, "%s ", c->object);
		object = c->object;
	}
	strbuf_add(out, "\" ;;\n\t1) case ${seen[0]} in\n");
	object = "";
	for (const struct command *c = commands; c->object; c++) {
		if (c->verb && strcmp(c->object, object))
			put_verbs(out, c->object);
		object = c->object;
	}
	strbuf_add(out, "\tesac ;;\n\t*) case \"${seen[0]} ${seen[1]}\" in\n");
	for (const struct command *c = commands; c->object; c++)
		if (c->options)
			put_case(out, c);
	strbuf_add(out, "\tesac ;;\n\tesac\n");
	/* A device is what attach and port add take; '=' splits words of readline. */
	strbuf_add(out,
		   "\tcase \"${seen[0]} ${seen[1]} ${#seen[@]}\" in\n"
		   "\tattach*|'port add 3') words+=\" $(cd /sys/class/net && echo *)\" ;;\n"
		   "\t'flow replace 3'|batch*) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
		   "\tesac\n"
		   "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		   "\t[[ $cur == *=* ]] && COMPREPLY=(\"${COMPREPLY[@]#*=}\")\n"
		   "\t[[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
		   "}\n"
		   "complete -F _xvsctl xvsctl\n");
}
