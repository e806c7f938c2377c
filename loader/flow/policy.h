/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The firewall policy of a switch: what an operator writes, and which rule of it
 * decides about a packet at a vNIC.
 *
 * Model. Rules stand in ordered sections; the first that matches decides, and behind
 * the last one stands the default rule, which can be edited and not be removed. A
 * section is stateful or not, strict about TCP or not, and says what becomes of the
 * connections that a removed permission had let in. A rule has sources, destinations,
 * services, a direction, and the ports that it is applied to. Groups are sets: of ports
 * by name, of ports by their tags, of addresses and prefixes, of MACs, of other groups,
 * and of names in DNS whose addresses are learned at run time.
 *
 * Evaluation is at a vNIC, in a direction as its guest sees it: a packet from port A to
 * port B is judged "out" at A and "in" at B; ports in the exclusion list are never asked.
 * Both have to allow it. A port as the remote end means the port itself, where it is
 * known, and the addresses that are bound to it (policy_set_port).
 *
 * Versions. A policy is a draft while it is edited; policy_compile() makes it ready for
 * packets, and from then on it does not change any more. The next version is a draft of
 * it (policy_edit), which shares all that is the same: its cost is a pointer for each
 * rule, not a copy. So a change of any size is atomic: whoever translates takes the one or
 * the other, and a draft that comes to nothing is put.
 *
 *   policy_create --> draft --policy_apply...--> draft --policy_compile--> in use
 *                       ^                                                    |
 *                       +------------------- policy_edit --------------------+
 *
 * How a packet is decided. A set of rules is a bit vector in their order (Lakshman and
 * Stiliadis, SIGCOMM 1998). The port and the direction leave some candidates; the source
 * of the packet is in some groups, each of which leads to the rules that name it; so are
 * its destination and its service; the first rule that is in all of them decides.
 *
 * - Groups do not multiply rules: an address leads to the groups that hold it, and those
 *   to rules. A prefix is one entry of a trie (prefix_trie.h), however many rules use it;
 *   one that stands in many rules is one set for all of them.
 *   Services are one classifier (classifier.h), a port range some prefixes of it.
 * - Nothing is looked up that cannot matter: candidates behind one that is sure to match
 *   are dropped; a dimension is asked only if one that is left depends on it. L4 comes
 *   last, as in the classifier: who is decided by addresses leaves ports wildcarded.
 * - The index of addresses is shared by all versions. A member of a set that a version
 *   does not have leads to nothing there: it may cost mask bits, never a wrong answer.
 *   So a change costs what it changes, and 10,000 rules are numbered anew in some
 *   milliseconds.
 *
 * Invariants
 * [POL1] Two packets that agree in all bits of the resulting mask, with the same ports,
 *        get the same rule [I5]: each step is decided by bits that the steps before it
 *        un-wildcarded, and by ports.
 * [POL2] Rule ids and names are unique in a version; an id is the same rule in the next.
 *        Connections carry it (xvs_ct_entry.rule).
 * [POL3] No group is a member of itself, at any depth; what is in use is not removed.
 * [POL4] An edit that fails leaves the draft as it was.
 * [POL5] What policy_format() prints makes an equal policy when it is applied to an
 *        empty one.
 *
 * Not thread-safe: all versions of a policy belong to one thread.
 */
#ifndef FLOW_POLICY_H
#define FLOW_POLICY_H

#include "flow.h"
#include "xvs/limits.h"

/* Bit vectors of a lookup are on the stack: 4 KiB each. */
#define POLICY_MAX_RULES 32768
#define POLICY_MAX_SECTIONS 1024
#define POLICY_MAX_GROUPS 65536
#define POLICY_MAX_SERVICES 65536
/* Of one pattern: a name with more addresses than that is not one to write rules for. */
#define POLICY_MAX_LEARNED 4096
#define POLICY_FQDN_LEN 256 /* with the terminator */

/* What a user may call a rule: 1 to POLICY_RULE_ID_MAX; what is above is ours. */
#define POLICY_RULE_ID_MAX 0x7fffffff
#define POLICY_RULE_DEFAULT 0xffffffff

enum policy_action {
	POLICY_ALLOW,
	POLICY_DROP,
	POLICY_REJECT, /* TCP: RST; else ICMP administratively prohibited */
	POLICY_ACTION_N,
};

/* Bits: as the guest behind the vNIC sees it. */
enum policy_direction {
	POLICY_OUT = 1,
	POLICY_IN = 2,
	POLICY_IN_OUT = 3,
};

enum policy_on_remove {
	POLICY_END, /* connections that a removed permission let in are ended */
	POLICY_FINISH, /* ... go on until they end by themselves */
};

/* Attributes of a section; its rules are asked for by policy_section_rules(). */
struct policy_section {
	unsigned int refs;
	char name[XVS_NAME_LEN];
	bool stateful; /* else: both directions of a flow are judged by rules, each packet */
	bool tcp_strict; /* no TCP connection begins in its middle */
	enum policy_on_remove on_remove;
};

/* Of a rule, kept when it is edited. Whoever forwards counts; nobody here reads it. */
struct policy_hits {
	unsigned int refs; /* rules of several versions */
	__u64 n_packets, n_bytes;
	__u64 n_connections; /* let in, or packets refused */
	__u64 used_ms; /* 0: never */
};

struct policy_members; /* ports, tags, addresses, MACs, groups, FQDNs */
struct policy_services; /* named services and inline terms */

/* Immutable, but for what 'hits' leads to: an edit makes another one. */
struct policy_rule {
	unsigned int refs;
	__u32 id;
	char name[XVS_NAME_LEN]; /* "": none */
	enum policy_action action;
	enum policy_direction direction;
	bool log;
	bool enabled;
	/* NULL: any. */
	struct policy_members *from, *to;
	struct policy_members *applied_to; /* ports only; NULL: all ports */
	struct policy_services *services;
	struct policy_hits *hits;
};

/* 'addr' is as on the wire; IPv4 has the first four bytes, MACs the first six. */
enum policy_family {
	POLICY_IPV4,
	POLICY_IPV6,
	POLICY_MAC,
	POLICY_FAMILY_N,
};
struct policy_address {
	__u8 addr[16];
	__u8 len; /* prefix bits; a MAC has 48 */
	enum policy_family family;
};

/* A vNIC, as the switch tells of it. */
struct policy_port {
	__u16 port_no;
	const char *name;
	const char *const *tags;
	size_t n_tags;
	const struct policy_address *addresses; /* bound to it (SpoofGuard); not MACs */
	size_t n_addresses;
};

struct policy;

/* --- life --- */

/* An empty draft: no sections, default rule "allow". 0 or -ENOMEM. 'seed' is for the
 * hash tables of it and of all that come of it. */
int policy_create(__u64 seed, struct policy **out);
/* A draft that is equal to 'base', drafts included. 0 or -ENOMEM. */
int policy_edit(const struct policy *base, struct policy **draft);
struct policy *policy_get(struct policy *p);
void policy_put(struct policy *p); /* NULL is a no-op */

struct policy_rule *policy_rule_get(struct policy_rule *r);
void policy_rule_put(struct policy_rule *r); /* NULL is a no-op */

/* --- input of the switch, to drafts --- */

/* The port is there, with these tags and addresses; replaces what was known of its
 * number. Rules may name ports that are not there. 0, -ENOMEM, -EINVAL (a name or tag that
 * is too long, an address that is no IP prefix, a number out of range). */
int policy_set_port(struct policy *draft, const struct policy_port *port);
void policy_del_port(struct policy *draft, __u16 port_no); /* not there: a no-op */

/* --- reading --- */

size_t policy_n_sections(const struct policy *p);
const struct policy_section *policy_section_at(const struct policy *p, size_t i);
const struct policy_section *policy_find_section(const struct policy *p, const char *name);
/* In order. The array belongs to the policy. */
struct policy_rule *const *policy_section_rules(const struct policy *p, size_t i, size_t *n);

size_t policy_n_rules(const struct policy *p); /* without the default rule */
/* POLICY_RULE_DEFAULT is the default rule; NULL: there is none of that id. */
struct policy_rule *policy_find_rule(const struct policy *p, __u32 id);
struct policy_rule *policy_find_rule_name(const struct policy *p, const char *name);
/* NULL for the default rule. */
const struct policy_section *policy_section_of(const struct policy *p, __u32 rule_id);

/* Neither rules nor sections, and the default rule lets everything pass: packets need
 * not be judged. */
bool policy_is_empty(const struct policy *p);
/* The port is excluded, by name. */
bool policy_is_excluded(const struct policy *p, const char *port_name);

/* --- names in DNS --- */

/* Some member of a group or rule is a pattern that fits 'name' (lower case, no final
 * dot): its addresses are to be learned. */
bool policy_wants_name(const struct policy *p, const char *name);
bool policy_has_fqdns(const struct policy *p);
/*
 * The name has this address until then, for this version and all that share its
 * patterns: it is in effect at once. 1: membership has changed, and flows that were
 * judged may have another verdict; 0: it was known (its time is prolonged) or nobody wants
 * it; -ENOSPC: POLICY_MAX_LEARNED; -ENOMEM. A compiled policy may learn.
 */
int policy_learn(struct policy *p, const char *name, const struct policy_address *address,
		 __u64 until_ms);
/* Forgets what is over. True: something was. */
bool policy_expire(struct policy *p, __u64 now_ms);
/* Nothing is over before; UINT64_MAX: never. */
__u64 policy_next_expiry(const struct policy *p);

#endif /* FLOW_POLICY_H */
