/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The firewall policy of a switch, as clients change and see it (policy.h), and what
 * the switch tells it: its ports, and addresses of names.
 *
 * A change makes a new version of the policy, which takes the place of the one before in
 * one step for all packets [I8]: the cached flows that rules have decided about are
 * judged again, together with all other changes of a transaction (model_txn.h). Then
 * connections end that a permission had let in which is gone, or has become narrower and
 * does not have them any more, unless its section lets them finish.
 *
 * As in model.h: 'err' is filled whenever a function returns negative. Thread rule: the
 * datapath thread.
 */
#ifndef SLOWPATH_MODEL_POLICY_H
#define SLOWPATH_MODEL_POLICY_H

#include "err.h"
#include "policy_text.h"
#include "sw.h"

struct model;
struct dns_snoop;

/* One command (policy_text.h). 'applied' is filled; an error has its place in 'line'. */
int model_policy_apply(struct model *m, struct sw *sw, const char *line,
		       struct policy_applied *applied, struct err *err);
/* All of the policy becomes these lines. Rules of equal number and name that are there
 * already count on. After an error '*refused' is the line. */
struct model_policy_lines {
	const char *const *line;
	size_t n;
	size_t refused;
};
int model_policy_replace(struct model *m, struct sw *sw, struct model_policy_lines *lines,
			 struct err *err);

/* Before a transaction is committed: makes its versions ready for packets, which may
 * fail for want of memory. 0 or -ENOMEM. */
int model_policy_prepare(struct model *m, struct err *err);

/* A policy to look at, with its counters up to date: an empty one, if the switch has
 * none. A reference; NULL: out of memory. */
struct policy *model_policy_get(struct model *m, struct sw *sw);

/*
 * The rules that let connections in, as their entries name them (policy_pair.h): "web",
 * "7", "web+7" of a pair, "default"; nothing for 0. A copy of what they are called now,
 * for any one thread; NULL: out of memory.
 */
struct model_policy_names;
struct model_policy_names *model_policy_names_create(const struct model *m);
void model_policy_names_destroy(struct model_policy_names *names); /* NULL is a no-op */
void model_policy_names_format(const struct model_policy_names *names, __u16 zone, __u32 number,
			       struct strbuf *out);

/* --- for those that change ports --- */

/* The port is there, or is another one now (name, tags, addresses): to be called behind
 * model_txn_log of the change itself. */
void model_policy_port_changed(struct model *m, struct sw *sw, const struct sw_port *sp);
void model_policy_port_gone(struct model *m, struct sw *sw, const struct sw_port *sp);

/* --- names in DNS --- */

/* An answer that came by: its addresses are members from now on, and cached flows are
 * judged before this returns. */
void model_policy_learn(struct model *m, struct sw *sw, const struct dns_snoop *dns);
int model_policy_start(struct model *m);
void model_policy_stop(struct model *m);

#endif /* SLOWPATH_MODEL_POLICY_H */
