/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ct() as text: of a rule, as the parser reads it, and of a slot of the datapath,
 * with the next pass instead of a table.
 */
#ifndef FLOW_CT_TEXT_H
#define FLOW_CT_TEXT_H

#include "flow_parse.h"
#include "strbuf.h"

/* "ct(commit,zone=5,nat(src=10.0.0.1))" */
void ofact_ct_format(struct strbuf *out, const struct ofact_ct *ct, const struct port_names *names);
/* "ct(commit,zone=5)", "ct(zone=5),recirc(0x1)", "ct_clear" */
void ct_action_format(struct strbuf *out, const struct xvs_ct_action *action);

#endif /* FLOW_CT_TEXT_H */
