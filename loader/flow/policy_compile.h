/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A policy for packets: which rule decides, and what another version of the policy
 * means for the connections that there are; see policy.h.
 */
#ifndef FLOW_POLICY_COMPILE_H
#define FLOW_POLICY_COMPILE_H

#include "policy.h"

/* Makes the draft ready for policy_decide(); it cannot be edited any more. 0 or -ENOMEM,
 * with the draft as before. Done already: 0. */
int policy_compile(struct policy *draft);
bool policy_is_compiled(const struct policy *p);

/* A packet at a vNIC. */
struct policy_query {
	const struct flow_key *key; /* an IPv4 or IPv6 packet */
	enum policy_direction direction; /* POLICY_OUT or POLICY_IN */
	__u16 port_no; /* whose vNIC it is; one that is not known has rules for all ports */
	__u16 in_port, out_port; /* where the packet comes from and goes to; 0: not known */
};

struct policy_verdict {
	struct policy_rule *rule; /* borrowed from the policy; never NULL */
	const struct policy_section *section; /* NULL: it is the default rule */
	enum policy_action action;
	bool log;
	bool stateful; /* the default rule is */
	bool tcp_strict;
};

/*
 * The rule that decides. ORs into 'wc' (may be NULL) the bits of the packet that the
 * answer depends on; in_port is one of them where the query's in_port, or its port_no of
 * a packet that goes out, counted. What depends on the query's other ports is the same
 * for all packets of a megaflow, or the caller's to see to.
 * Const and re-entrant.
 */
void policy_decide(const struct policy *p, const struct policy_query *q, struct flow_key *wc,
		   struct policy_verdict *out);

/* A vNIC that the policy applies to: a known port that is not excluded. */
bool policy_is_subject(const struct policy *p, __u16 port_no);

/*
 * A connection that the rule let in may go on: the rule's sources, destinations and services
 * have its first packet, whoever the rule is applied to; and of the vNICs that its addresses
 * are bound to, none refuses it now. Ports and MACs of a connection nobody knows any more: a
 * port as an end is its bound addresses; where an end names MACs, or a port that has no
 * addresses, it is taken to allow. False too: no such rule, or it is not enabled.
 */
bool policy_rule_covers(const struct policy *p, __u32 rule_id, const struct flow_key *key);

/* What a newer version takes from a permission of an older one. */
enum policy_change_kind {
	POLICY_REMOVED, /* no rule of this id allows anything now */
	/* It does not have all that it had, perhaps, or rules in front refuse more:
	 * policy_rule_covers() of the newer one tells what is left. */
	POLICY_NARROWED,
};
struct policy_change {
	enum policy_change_kind kind;
	const struct policy_rule *rule; /* of the older version */
	enum policy_on_remove on_remove; /* of its section there; the default rule's: END */
};
typedef void (*policy_change_fn)(void *aux, const struct policy_change *change);
/* Tells of each rule that allowed something in 'older' and allows less, or may, in
 * 'newer'; both are compiled, and 'newer' comes of 'older' by policy_edit(). A rule that is
 * taken from a port or a direction is removed: no connection knows those. 0 or -ENOMEM,
 * with nobody told. */
int policy_diff(const struct policy *older, const struct policy *newer, policy_change_fn fn,
		void *aux);

#endif /* FLOW_POLICY_COMPILE_H */
