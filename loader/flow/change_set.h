/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What has changed since the cached megaflows were judged last: see xlate_deps.h.
 *
 * Tables, the FDB and ports of a switch note their changes themselves (sw.h), so
 * that nobody who changes one has to think of the cache. Who changes what they do
 * not see (mirrors, the classifiers' set-up) says "all".
 *
 * It is of a fixed size. Where there are more changes of one table than it has room
 * for they become one that concerns whoever has visited the table; more of anything
 * else become "all".
 *
 * Thread rule: the datapath thread.
 */
#ifndef FLOW_CHANGE_SET_H
#define FLOW_CHANGE_SET_H

#include "rule.h"
#include "xlate_deps.h"

/* A look at one megaflow takes a comparison for each. */
#define CHANGE_SET_RULES 32
#define CHANGE_SET_TAGS 128

struct change_set_rule {
	__u64 table_tag, learn_tag;
	struct xvs_flow_key key, mask; /* packets that the rule may match */
};

struct change_set {
	bool all;
	unsigned int n_rules, n_tags;
	struct change_set_rule rules[CHANGE_SET_RULES];
	__u64 tags[CHANGE_SET_TAGS];
};

/* 'set' may be NULL: nobody wants to know. */
void change_set_add_all(struct change_set *set);
void change_set_add_tag(struct change_set *set, __u64 tag);
/* A rule of that switch came, went, or does something else. */
void change_set_add_rule(struct change_set *set, __u64 sw_id, const struct rule *rule);

bool change_set_is_empty(const struct change_set *set);
void change_set_clear(struct change_set *set);

/* Can the changes concern a megaflow, by the key of one of its packets, its mask and
 * what its translation depended on [DEP1]? */
bool change_set_touches(const struct change_set *set, const struct xvs_flow_key *key,
			const struct xvs_flow_key *mask, const struct xlate_deps *deps);

#endif /* FLOW_CHANGE_SET_H */
