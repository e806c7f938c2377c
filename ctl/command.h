/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one command table: what xvsctl can do. The command line is checked
 * against it (cmdline.c); help, completion (help.c) and the manual's list are
 * printed from it.
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

#define COMMAND_ANY_ARGS 4096
#define COMMAND_NO_TEXT COMMAND_ANY_ARGS

/* Who carries a command out. */
enum command_action {
	COMMAND_RPC, /* the daemon alone: method "object.verb" */
	COMMAND_ATTACH,
	COMMAND_DETACH,
	COMMAND_STATUS,
	COMMAND_FLOW_REPLACE,
	COMMAND_POLICY_REPLACE,
	COMMAND_BATCH,
	COMMAND_MONITOR,
	COMMAND_PORT_EXEC,
	COMMAND_HELP,
	COMMAND_COMPLETION,
	COMMAND_VERSION,
};

/* How a result is shown to people (view.c). */
enum command_view {
	VIEW_NOTHING,
	VIEW_SWITCHES,
	VIEW_PORTS,
	VIEW_FLOWS,
	VIEW_FDB,
	VIEW_MEGAFLOWS,
	VIEW_CACHE_STATS,
	VIEW_CLASSIFIER,
	VIEW_ADMISSION,
	VIEW_DROPS,
	VIEW_TRACE,
	VIEW_STATUS,
	VIEW_CHANGED,
	VIEW_CHANGES,
	VIEW_PACKETS,
	VIEW_REMOVED,
	VIEW_GROUPS,
	VIEW_METERS,
	VIEW_MIRRORS,
	VIEW_POLICY,
	VIEW_POLICY_OBJECTS,
	VIEW_POLICY_LOG,
	VIEW_CONNECTIONS,
	VIEW_FLUSHED,
	VIEW_CT_STATS,
	VIEW_CT_TIMEOUTS,
};

/* An option: key=value, or a flag, a word that stands for itself. */
struct command_option {
	const char *name; /* "hook", "--strict"; NULL ends a list */
	const char *value; /* NULL: a flag; "auto|xdp|tc": one of these; "N", "A,B": free */
	const char *summary;
};

struct command {
	const char *object; /* NULL ends the table */
	const char *verb; /* NULL: the object alone is the command */
	const char *args; /* for people: "SW PORT" */
	const char *summary;
	enum command_action action;
	enum command_view view;
	unsigned int min_args;
	unsigned int max_args;
	unsigned int text_from; /* arguments from this index on may contain '=' */
	const struct command_option *options; /* NULL: none */
};

extern const struct command commands[];
extern const struct command_option global_options[];

/* The commands of an object: "port" -> the first; NULL: no such object. */
const struct command *command_of_object(const char *object);
/* The command or NULL; 'verb' NULL for those without. */
const struct command *command_find(const char *object, const char *verb);
/* NULL: the command does not have it. 'len' characters of 'name' count. */
const struct command_option *command_option_find(const struct command *cmd, const char *name,
						 size_t len);
/* An option that takes one of a list of words. */
bool command_option_is_choice(const struct command_option *option);
/* "port add SW PORT [type=netdev] ...": as help and the manual show it. */
void command_usage(const struct command *cmd, struct strbuf *out);
/* "port add", "attach". */
void command_name(const struct command *cmd, struct strbuf *out);

/* Of the names in the table, the one that 'word' was most likely meant to be;
 * NULL: none is near. 'object' NULL: objects; else its verbs. */
const char *command_suggest(const char *word, const char *object);
/* The same for the options of a command, names without '='. */
const char *command_suggest_option(const char *word, const struct command *cmd);

#endif /* CTL_COMMAND_H */
