/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rule that learn() asks for, and what of the packet it is made of.
 *
 * A clause copies bits of the packet, as it is when learn() is reached, into a
 * match or an action of the new rule; that all of it belongs together has been
 * checked when the action was parsed (action_check.h).
 */
#ifndef FLOW_LEARN_H
#define FLOW_LEARN_H

#include "flow_parse.h"

/* Adds to 'bits' those of the packet that the rule depends on. */
void learn_read(const struct ofact_learn *l, struct flow_key *bits);

/* What 'flow' makes of it. 0 or -ENOMEM; flow_spec_fini after success. */
int learn_make(const struct ofact_learn *l, const struct flow_key *flow, struct flow_spec *out);

#endif /* FLOW_LEARN_H */
