/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Flow text in requests: parsing with the port names of a switch, and the place
 * of a mistake in the error, which may be one of group or meter text too.
 */
#ifndef CONTROL_RPC_FLOW_TEXT_H
#define CONTROL_RPC_FLOW_TEXT_H

#include "err.h"
#include "flow_parse.h"

struct rpc_params;

/* As flow_parse(), with 'err' filled. flow_spec_fini after success. */
int rpc_parse_flow(const struct port_names *names, const char *text, enum flow_parse_kind kind,
		   struct flow_spec *spec, struct err *err);

/* Fills 'err' for what a parser of flow, group or meter text ('what') said, and
 * returns 'rc'; nothing to do for 0. */
int rpc_parse_error(struct err *err, const char *what, const char *text,
		    const struct parse_error *where, int rc);

/* The group or meter ('what') that the second argument names, "" if there is none:
 * 0, or what 'parse' returned with 'err' filled. */
int rpc_parse_id(const struct rpc_params *p, const char *what,
		 int (*parse)(const char *text, __u32 *id, struct parse_error *where), __u32 *id,
		 struct err *err);

/* The error is about the word that begins with 'begin', if the text has one. */
void rpc_place_word(struct err *err, const char *text, const char *begin);
/* The error is about "group 7" or "meter 7": the place of that action. */
void rpc_place_reference(struct err *err, const char *text);

#endif /* CONTROL_RPC_FLOW_TEXT_H */
