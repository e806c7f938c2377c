/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Meter text in the syntax of ovs-ofctl:
 *
 *   meter=1,pktps,burst,stats,bands=type=drop,rate=1000,burst_size=100
 *
 * Of the bands of OpenFlow there is one, which drops. What is printed parses to
 * the same again; any text gives a meter or an error with the place. Fuzzed by
 * tests/fuzz/fuzz_group_parse.c.
 */
#ifndef FLOW_METER_TEXT_H
#define FLOW_METER_TEXT_H

#include "flow_parse.h"
#include "meter_table.h"
#include "strbuf.h"

/* 0 or -EINVAL with 'err' set. */
int meter_parse(const char *text, __u32 *id, struct meter_config *out, struct parse_error *err);
/* "meter=N", "N"; "meter=all", "all" and "" are 0. */
int meter_id_parse(const char *text, __u32 *id, struct parse_error *err);

void meter_format(struct strbuf *out, __u32 id, const struct meter_config *config);

#endif /* FLOW_METER_TEXT_H */
