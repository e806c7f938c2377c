/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The firewall policy for people: text that `policy replace` reads, or with
 * statistics a table.
 */
#ifndef CTL_VIEW_POLICY_H
#define CTL_VIEW_POLICY_H

#include <jansson.h>
#include <stdbool.h>

#include "strbuf.h"

void view_policy(struct strbuf *out, const json_t *policy, bool stats);
/* Sections, rules, groups or services; of a rule that was added its number. */
void view_policy_objects(struct strbuf *out, const json_t *result, bool stats);
void view_policy_log(struct strbuf *out, const json_t *list);

#endif /* CTL_VIEW_POLICY_H */
