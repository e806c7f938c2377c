/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * OpenFlow-level actions of a rule or bucket, as users write them
 * ("actions=..."), parsed but not translated. The datapath's actions are in
 * xvs/action.h; xlate.c leads from one to the other.
 *
 * A list owns what its actions point to: nested lists and learn specifications
 * are copied with it. Instructions of OpenFlow 1.1 and later (goto_table, meter,
 * write_metadata) stand in the list as actions, in the order of ovs-ofctl:
 * a meter first, goto_table last.
 */
#ifndef FLOW_OFACT_H
#define FLOW_OFACT_H

#include <stddef.h>

#include "field.h"
#include "xvs/conntrack.h"

enum ofact_type {
	OFACT_OUTPUT, /* to .port */
	OFACT_IN_PORT, /* back to where it came from */
	OFACT_NORMAL,
	OFACT_FLOOD, /* every port but the input and those with flood=off, whatever the VLAN */
	OFACT_ALL, /* every port but the input */
	OFACT_LOCAL, /* the host's own stack */
	OFACT_CONTROLLER, /* .controller: to who runs `xvsctl monitor` */
	OFACT_OUTPUT_REG, /* .sub: to the port whose number is there */
	OFACT_SET_FIELD, /* .set: masked; load, mod_* and write_metadata as well */
	OFACT_MOVE, /* .move */
	OFACT_STACK_PUSH, /* .sub */
	OFACT_STACK_POP, /* .sub */
	OFACT_PUSH_VLAN, /* .ethertype */
	OFACT_POP_VLAN,
	OFACT_PUSH_MPLS, /* .ethertype of MPLS */
	OFACT_POP_MPLS, /* .ethertype of what is behind the label */
	OFACT_DEC_TTL,
	OFACT_DEC_MPLS_TTL,
	OFACT_RESUBMIT, /* .resubmit */
	OFACT_GOTO_TABLE, /* .resubmit.table_id; the last of its list */
	OFACT_CLONE, /* .nested, on a copy: what it changes is undone behind it */
	OFACT_GROUP, /* .id */
	OFACT_METER, /* .id; the first of its list */
	OFACT_LEARN, /* .learn */
	OFACT_CT, /* .ct */
	OFACT_CT_CLEAR, /* the packet counts as not tracked */
	OFACT_CONJUNCTION, /* .conjunction; only with its like in a list */
	OFACT_EXIT, /* ends the translation, callers' actions too */
	OFACT_DROP, /* explicit; the only action of its list */
	OFACT_N,
};

/* Bits [ofs, ofs + n_bits) of a field, bit 0 the lowest. */
struct subfield {
	enum field_id field;
	__u8 ofs;
	__u8 n_bits;
};

/* The table of a resubmit that names none. */
#define OFACT_TABLE_CURRENT 255

/* One clause of learn(): a match or load of the rule that is to be made. */
enum learn_kind {
	LEARN_MATCH, /* dst=src: the new rule matches */
	LEARN_LOAD, /* load:src->dst: its actions set */
	LEARN_OUTPUT, /* output:src: its actions output to the port of that number */
};

struct learn_clause {
	enum learn_kind kind;
	bool immediate; /* 'value' is the source; else 'src' of the packet */
	union field_value value; /* right-aligned */
	struct subfield src;
	struct subfield dst; /* not for OUTPUT */
};

struct ofact_learn {
	__u16 idle_timeout_s, hard_timeout_s; /* of the new rule; 0: none */
	__u16 priority;
	__u64 cookie;
	__u8 table_id;
	size_t n;
	struct learn_clause clause[];
};

struct ofact_ct;
struct ofacts;

struct ofact {
	enum ofact_type type;
	union {
		__u16 port; /* OUTPUT */
		__be16 ethertype;
		__u32 id; /* GROUP, METER */
		struct subfield sub;
		struct {
			__u16 max_len; /* bytes of the packet that are shown; 0xffff: all */
		} controller;
		struct {
			enum field_id field;
			union field_value value;
			union field_value mask;
		} set;
		struct {
			struct subfield src, dst; /* of equal n_bits */
		} move;
		struct {
			__u16 port; /* taken as in_port for the lookup; 0: in_port stays */
			__u8 table_id; /* OFACT_TABLE_CURRENT: the one of the rule */
		} resubmit;
		struct {
			__u32 id;
			__u8 clause, n_clauses; /* clause from 0; 2 to 64 of them */
		} conjunction;
		struct ofacts *nested; /* CLONE; not empty */
		struct ofact_learn *learn;
		struct ofact_ct *ct;
	};
};

/* A list that owns its memory; n == 0 is "drop". */
struct ofacts {
	struct ofact *v;
	size_t n;
	size_t allocated;
};

/* The new addresses and ports of nat(). */
struct ofact_nat {
	__u8 family; /* of the addresses: 4, 6; 0: none is given */
	bool hash; /* said, though it is what is done without */
	__u16 port_min, port_max; /* 0: none is given */
	struct xvs_ct_addr min, max;
};

/* ct(...) */
struct ofact_ct {
	__u16 flags; /* XVS_CT_A_*: COMMIT to RANDOM */
	__u16 zone;
	struct subfield zone_src; /* n_bits 16: the zone is there; 0: it is 'zone' */
	__u8 table_id; /* where the tracked packet goes on; OFACT_TABLE_NONE: nowhere */
	__u8 alg; /* enum xvs_ct_alg */
	struct ofact_nat nat;
	struct ofacts exec; /* SET_FIELD and MOVE to ct_mark and ct_label */
};
#define OFACT_TABLE_NONE 255

/* Frees what the action points to. */
void ofact_fini(struct ofact *a);
/* With its own of what 'src' points to. 0 or -ENOMEM. */
int ofact_copy(struct ofact *dst, const struct ofact *src);
/* Takes over what 'a' points to, also when it fails. 0 or -ENOMEM. */
int ofacts_append(struct ofacts *list, const struct ofact *a);
int ofacts_copy(struct ofacts *dst, const struct ofacts *src);
void ofacts_fini(struct ofacts *list);
bool ofacts_equal(const struct ofacts *a, const struct ofacts *b);
/* The list is clauses of conjunctions (and nothing else: action_check.h). */
bool ofacts_is_conjunction(const struct ofacts *list);
/* 'fn' for each action, nested ones included, until it returns true; that is then
 * what is returned: "does it output to", "does it use group". */
typedef bool (*ofact_fn)(void *aux, const struct ofact *a);
bool ofacts_any(const struct ofacts *list, ofact_fn fn, void *aux);

/* The bits of a key that 'sub' is, right-aligned, and the way back. */
void subfield_get(const struct subfield *sub, const struct flow_key *key, union field_value *value);
void subfield_set(const struct subfield *sub, struct flow_key *key, const union field_value *value);

#endif /* FLOW_OFACT_H */
