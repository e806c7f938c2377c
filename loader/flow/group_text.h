/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Group text in the syntax of ovs-ofctl:
 *
 *   group_id=1,type=select,selection_method=hash,fields(ip_src,ip_dst),
 *   bucket=bucket_id:0,weight:50,watch_port:vm0,actions=output:vm0,bucket=...
 *
 * all on one line. What is printed parses to the same group again. Text is
 * hostile: any input gives a group or an error with the place, never more. Fuzzed
 * by tests/fuzz/fuzz_group_parse.c.
 */
#ifndef FLOW_GROUP_TEXT_H
#define FLOW_GROUP_TEXT_H

#include "flow_parse.h"
#include "group.h"
#include "strbuf.h"

/* 0, -EINVAL with 'err' set, -ENOMEM. The group has one reference. */
int group_parse(const char *text, const struct port_names *names, struct group **out,
		struct parse_error *err);
/* "group_id=N", "N"; "group_id=all", "all" and "" are GROUP_NONE. */
int group_id_parse(const char *text, __u32 *id, struct parse_error *err);

void group_format(struct strbuf *out, const struct group *g, const struct port_names *names);

/* "all", "select", "indirect", "ff". */
const char *group_type_name(enum group_type type);
/* "hash", "dp_hash"; NULL for the default. */
const char *group_selection_name(enum group_selection selection);
/* "nw_src,tcp_dst=0xff00"; nothing where the default is hashed. */
void group_fields_format(struct strbuf *out, const struct group *g);

#endif /* FLOW_GROUP_TEXT_H */
