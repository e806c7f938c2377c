/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Validity of one action; ofacts_check() of flow_parse.h is for lists. The
 * parser asks for each action by itself, as it knows what the user called it.
 */
#ifndef FLOW_ACTION_CHECK_H
#define FLOW_ACTION_CHECK_H

#include "flow.h"
#include "ofact.h"

/* Actions of one rule. A program has at most XVS_MAX_PROGRAM_OPS operations,
 * and a list that needs more than this does not fit it. */
#define OFACTS_MAX 512

struct ofact_fault {
	char why[120]; /* to be read behind the action's name: "needs 'ip' in the match" */
};

/* False with 'fault' set if the action cannot be done to packets of 'match'.
 * Without a match (NULL) only the action itself is looked at. */
bool ofact_check(const struct ofact *a, const struct match *match, struct ofact_fault *fault);

#endif /* FLOW_ACTION_CHECK_H */
