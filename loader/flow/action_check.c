// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Validity of actions for a match, see action_check.h.
 */
#include "action_check_private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "flow_lex.h"
#include "group.h"
#include "meter_table.h"
#include "proto.h"
#include "subfield_text.h"
#include "xvs/limits.h"

bool ofact_fault_set(struct ofact_fault *fault, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(fault->why, sizeof(fault->why), fmt, args);
	va_end(args);
	return false;
}

void ofact_scope_init(struct ofact_scope *scope, const struct match *match, int table_id)
{
	memset(scope, 0, sizeof(*scope));
	if (match)
		scope->match = *match;
	scope->has_match = match;
	scope->table_id = table_id;
}

void ofact_scope_nest(struct ofact_scope *nested, const struct ofact_scope *scope)
{
	*nested = *scope;
	nested->depth++;
	nested->n = 0;
}

static bool needs_first_fragment(const struct field *f, const struct match *match)
{
	return f->pre_nw_proto && match->mask.nw_frag & match->key.nw_frag & XVS_FRAG_LATER;
}

bool ofact_field_check(const struct field *f, const struct match *match, struct ofact_fault *fault)
{
	if (!field_prereqs_met(f, &match->key, &match->mask))
		return ofact_fault_set(fault, "needs %s in the match", prereq_shown(f).s);
	if (needs_first_fragment(f, match))
		return ofact_fault_set(fault,
				       "finds no port in later fragments, which the match is for");
	return true;
}

bool ofact_may_write(const struct field *f, const struct ofact_scope *scope)
{
	return scope->in_ct ? f->id == FIELD_CT_MARK || f->id == FIELD_CT_LABEL : f->set_bits;
}

bool ofact_subfield_check(const struct subfield *sub, bool write, const struct ofact_scope *scope,
			  struct ofact_fault *fault)
{
	const struct field *f;

	if ((unsigned int)sub->field >= FIELD_N)
		return ofact_fault_set(fault, "names no field");
	f = &fields[sub->field];
	if (!sub->n_bits || sub->ofs + sub->n_bits > (int)field_n_bits(f))
		return ofact_fault_set(fault, "names bits that '%s' does not have", f->name);
	if (write && !ofact_may_write(f, scope))
		return ofact_fault_set(fault, "names a field that cannot be set: '%s'", f->name);
	return !scope->has_match || ofact_field_check(f, &scope->match, fault);
}

static bool set_field_check(const struct ofact *a, const struct ofact_scope *scope,
			    struct ofact_fault *fault)
{
	const struct field *f;
	union field_value exact;

	if ((unsigned int)a->set.field >= FIELD_N)
		return ofact_fault_set(fault, "names no field");
	f = &fields[a->set.field];
	if (!ofact_may_write(f, scope))
		return ofact_fault_set(fault, "names a field that cannot be set%s",
				       scope->in_ct ? " in 'ct'" : "");
	field_exact_mask(f, &exact);
	for (int i = 0; i < 2; i++) {
		if (a->set.mask.w[i] & ~exact.w[i])
			return ofact_fault_set(fault, "has a mask wider than the field");
		if (a->set.value.w[i] & ~a->set.mask.w[i])
			return ofact_fault_set(fault, "has a value outside of its mask");
	}
	if (field_value_is_zero(&a->set.mask))
		return ofact_fault_set(fault, "has an empty mask: there is nothing to set");
	return !scope->has_match || ofact_field_check(f, &scope->match, fault);
}

static bool move_check(const struct ofact *a, const struct ofact_scope *scope,
		       struct ofact_fault *fault)
{
	if (a->move.src.n_bits != a->move.dst.n_bits)
		return ofact_fault_set(fault, "has a source of %u bits, but a destination of %u",
				       a->move.src.n_bits, a->move.dst.n_bits);
	return ofact_subfield_check(&a->move.src, false, scope, fault) &&
	       ofact_subfield_check(&a->move.dst, true, scope, fault);
}

static bool is_mpls(__be16 type)
{
	return type == XVS_BE16(DL_TYPE_MPLS) || type == XVS_BE16(DL_TYPE_MPLS_MCAST);
}

const char *ofact_ethertype_fault(const struct ofact *a)
{
	switch (a->type) {
	case OFACT_PUSH_VLAN:
		if (a->ethertype == XVS_BE16(0x8100) || a->ethertype == XVS_BE16(0x88a8))
			return NULL;
		return "takes 0x8100 or 0x88a8";
	case OFACT_PUSH_MPLS:
		return is_mpls(a->ethertype) ? NULL : "takes 0x8847 or 0x8848";
	default:
		return XVS_FROM_BE16(a->ethertype) < XVS_ETH_TYPE_NONE ? "takes an EtherType"
								       : NULL;
	}
}

/* From here on the packet has this EtherType, and behind it what nobody knows. */
static void becomes(struct ofact_scope *scope, __be16 dl_type)
{
	scope->match.key.dl_type = dl_type;
	scope->match.mask.dl_type = 0xffff;
	scope->match.key.nw_proto = 0;
	scope->match.mask.nw_proto = 0;
	scope->match.key.nw_frag = 0;
	scope->match.mask.nw_frag = 0;
}

static bool mpls_check(const struct ofact *a, struct ofact_scope *scope, struct ofact_fault *fault)
{
	if (ofact_ethertype_fault(a))
		return ofact_fault_set(fault, "%s", ofact_ethertype_fault(a));
	if (a->type == OFACT_POP_MPLS && scope->has_match &&
	    !ofact_field_check(&fields[FIELD_MPLS_TTL], &scope->match, fault))
		return false;
	becomes(scope, a->ethertype);
	return true;
}

static bool goto_check(const struct ofact *a, const struct ofact_scope *scope,
		       struct ofact_fault *fault)
{
	if (!scope->has_match || scope->depth)
		return ofact_fault_set(fault, "is for rules: use 'resubmit' here");
	if (a->resubmit.table_id >= OFACT_TABLE_CURRENT)
		return ofact_fault_set(fault, "names no table");
	if (scope->table_id >= 0 && a->resubmit.table_id <= scope->table_id)
		return ofact_fault_set(fault,
				       "leads only to tables above the rule's own, which is %d",
				       scope->table_id);
	return true;
}

static bool resubmit_check(const struct ofact *a, struct ofact_fault *fault)
{
	__u16 port = a->resubmit.port;

	if (port >= XVS_MAX_PORTS && port != PORT_LOCAL && port != PORT_NONE)
		return ofact_fault_set(fault, "has a port number out of range");
	if (!port && a->resubmit.table_id == OFACT_TABLE_CURRENT)
		return ofact_fault_set(fault, "needs a port or a table");
	return true;
}

static bool meter_check(const struct ofact *a, const struct ofact_scope *scope,
			struct ofact_fault *fault)
{
	if (!a->id || a->id > METER_ID_MAX)
		return ofact_fault_set(fault, "takes 1 to %u", METER_ID_MAX);
	if (!scope->has_match || scope->depth)
		return ofact_fault_set(fault, "is for rules, not for lists inside of others");
	if (scope->n)
		return ofact_fault_set(fault, "must be the first action");
	return true;
}

static bool conjunction_check(const struct ofact *a, const struct ofact_scope *scope,
			      struct ofact_fault *fault)
{
	if (!scope->has_match || scope->depth)
		return ofact_fault_set(fault, "is for rules, not for lists inside of others");
	if (a->conjunction.n_clauses < 2 || a->conjunction.n_clauses > 64)
		return ofact_fault_set(fault, "has 2 to 64 clauses");
	if (a->conjunction.clause >= a->conjunction.n_clauses)
		return ofact_fault_set(fault, "has %u clauses: there is no clause %u",
				       a->conjunction.n_clauses, a->conjunction.clause + 1U);
	return true;
}

static bool learn_check(const struct ofact_learn *l, const struct ofact_scope *scope,
			struct ofact_fault *fault)
{
	struct match made = {0};

	if (l->table_id >= OFACT_TABLE_CURRENT)
		return ofact_fault_set(fault, "names no table");
	for (size_t i = 0; i < l->n; i++)
		if (!learn_clause_check(&l->clause[i], scope, &made, fault))
			return false;
	return true;
}

/* What may stand behind what in one list. */
static bool place_check(const struct ofact *a, const struct ofact_scope *scope,
			struct ofact_fault *fault)
{
	if (scope->in_ct && a->type != OFACT_SET_FIELD && a->type != OFACT_MOVE)
		return ofact_fault_set(fault, "cannot stand in 'ct': only set_field, load and move "
					      "can");
	if (scope->n_all >= OFACTS_MAX)
		return ofact_fault_set(fault, "is one too many: there are more than %d actions",
				       OFACTS_MAX);
	if (!scope->n)
		return true;
	if (scope->last == OFACT_GOTO_TABLE)
		return ofact_fault_set(fault, "stands behind 'goto_table', which ends the list");
	if ((scope->last == OFACT_CONJUNCTION) != (a->type == OFACT_CONJUNCTION))
		return ofact_fault_set(fault, "cannot stand beside %s",
				       a->type == OFACT_CONJUNCTION ? "other actions"
								    : "'conjunction'");
	return true;
}

/* sizes: flat */
static bool kind_check(const struct ofact *a, struct ofact_scope *scope, struct ofact_fault *fault)
{
	switch (a->type) {
	case OFACT_OUTPUT:
		if (!a->port || a->port >= XVS_MAX_PORTS)
			return ofact_fault_set(fault, "has a port number out of range");
		return true;
	case OFACT_PUSH_VLAN:
		if (ofact_ethertype_fault(a))
			return ofact_fault_set(fault, "%s", ofact_ethertype_fault(a));
		return true;
	case OFACT_PUSH_MPLS:
	case OFACT_POP_MPLS:
		return mpls_check(a, scope, fault);
	case OFACT_SET_FIELD:
		return set_field_check(a, scope, fault);
	case OFACT_MOVE:
		return move_check(a, scope, fault);
	case OFACT_OUTPUT_REG:
	case OFACT_STACK_PUSH:
		return ofact_subfield_check(&a->sub, false, scope, fault);
	case OFACT_STACK_POP:
		return ofact_subfield_check(&a->sub, true, scope, fault);
	case OFACT_DEC_TTL:
		return !scope->has_match ||
		       ofact_field_check(&fields[FIELD_NW_TTL], &scope->match, fault);
	case OFACT_DEC_MPLS_TTL:
		return !scope->has_match ||
		       ofact_field_check(&fields[FIELD_MPLS_TTL], &scope->match, fault);
	case OFACT_RESUBMIT:
		return resubmit_check(a, fault);
	case OFACT_GOTO_TABLE:
		return goto_check(a, scope, fault);
	case OFACT_CLONE:
		if (scope->depth >= OFACTS_MAX_DEPTH)
			return ofact_fault_set(fault, "is nested deeper than %d", OFACTS_MAX_DEPTH);
		return true;
	case OFACT_GROUP:
		if (a->id > GROUP_ID_MAX)
			return ofact_fault_set(fault, "takes 0 to %u", GROUP_ID_MAX);
		return true;
	case OFACT_METER:
		return meter_check(a, scope, fault);
	case OFACT_LEARN:
		return learn_check(a->learn, scope, fault);
	case OFACT_CONJUNCTION:
		return conjunction_check(a, scope, fault);
	case OFACT_CT:
		return ofact_ct_check(a->ct, scope, fault);
	case OFACT_CT_CLEAR:
	case OFACT_IN_PORT:
	case OFACT_NORMAL:
	case OFACT_FLOOD:
	case OFACT_ALL:
	case OFACT_LOCAL:
	case OFACT_CONTROLLER:
	case OFACT_POP_VLAN:
	case OFACT_EXIT:
	case OFACT_DROP:
		return true;
	default:
		return ofact_fault_set(fault, "is none");
	}
}

bool ofact_check(const struct ofact *a, struct ofact_scope *scope, struct ofact_fault *fault)
{
	if (!place_check(a, scope, fault) || !kind_check(a, scope, fault))
		return false;
	scope->n++;
	scope->n_all++;
	scope->last = a->type;
	return true;
}

static bool learn_source_check(const struct learn_clause *c, const struct ofact_scope *scope,
			       struct ofact_fault *fault)
{
	union field_value fits;

	if (!c->immediate) {
		if (c->kind != LEARN_OUTPUT && c->src.n_bits != c->dst.n_bits)
			return ofact_fault_set(fault,
					       "has a source of %u bits, but a destination of %u",
					       c->src.n_bits, c->dst.n_bits);
		return ofact_subfield_check(&c->src, false, scope, fault);
	}
	if (c->kind == LEARN_OUTPUT)
		return ofact_fault_set(fault, "takes a field that holds the port's number");
	field_value_extract(&c->value, 0, c->dst.n_bits, &fits);
	if (memcmp(&fits, &c->value, sizeof(fits)))
		return ofact_fault_set(fault, "has a value that does not fit into %u bits",
				       c->dst.n_bits);
	return true;
}

bool learn_clause_check(const struct learn_clause *c, const struct ofact_scope *scope,
			struct match *made, struct ofact_fault *fault)
{
	struct ofact_scope rule = {.has_match = true};
	union field_value ones;

	if (c->kind == LEARN_OUTPUT)
		return learn_source_check(c, scope, fault);
	rule.match = *made;
	if (!ofact_subfield_check(&c->dst, c->kind == LEARN_LOAD, &rule, fault) ||
	    !learn_source_check(c, scope, fault))
		return false;
	if (c->kind == LEARN_LOAD)
		return true;
	if (fields[c->dst.field].mask_rule == FIELD_MASK_NONE && !subfield_is_whole(&c->dst))
		return ofact_fault_set(fault, "is a match on a part of '%s', which has no mask",
				       fields[c->dst.field].name);
	if (c->immediate) {
		memset(&ones, 0xff, sizeof(ones));
		subfield_set(&c->dst, &made->key, &c->value);
		subfield_set(&c->dst, &made->mask, &ones);
	}
	return true;
}

static const char *ofact_name(const struct ofact *a)
{
	static const char *const names[OFACT_N] = {
		[OFACT_OUTPUT] = "output",
		[OFACT_OUTPUT_REG] = "output",
		[OFACT_MOVE] = "move",
		[OFACT_STACK_PUSH] = "push",
		[OFACT_STACK_POP] = "pop",
		[OFACT_PUSH_VLAN] = "push_vlan",
		[OFACT_PUSH_MPLS] = "push_mpls",
		[OFACT_POP_MPLS] = "pop_mpls",
		[OFACT_DEC_TTL] = "dec_ttl",
		[OFACT_DEC_MPLS_TTL] = "dec_mpls_ttl",
		[OFACT_RESUBMIT] = "resubmit",
		[OFACT_GOTO_TABLE] = "goto_table",
		[OFACT_CLONE] = "clone",
		[OFACT_GROUP] = "group",
		[OFACT_METER] = "meter",
		[OFACT_LEARN] = "learn",
		[OFACT_CONJUNCTION] = "conjunction",
		[OFACT_CT] = "ct",
	};

	return (unsigned int)a->type < OFACT_N && names[a->type] ? names[a->type] : "(unnamed)";
}

static int list_check(const struct ofacts *list, struct ofact_scope *scope, size_t *which,
		      struct parse_error *err)
{
	const struct word at = {0};
	struct ofact_fault fault;
	struct ofact_scope nested;
	size_t inner;
	int rc;

	for (size_t i = 0; i < list->n; i++) {
		const struct ofact *a = &list->v[i];

		*which = i;
		if (a->type == OFACT_DROP && list->n > 1)
			return parse_fail(err, &at, "'drop' must be the only action");
		if (!ofact_check(a, scope, &fault)) {
			if (a->type == OFACT_SET_FIELD && (unsigned int)a->set.field < FIELD_N)
				return parse_fail(err, &at, "action 'set_field' of '%s' %s",
						  fields[a->set.field].name, fault.why);
			return parse_fail(err, &at, "action '%s' %s", ofact_name(a), fault.why);
		}
		if (a->type != OFACT_CLONE)
			continue;
		ofact_scope_nest(&nested, scope);
		rc = list_check(a->nested, &nested, &inner, err);
		if (rc)
			return rc;
		scope->n_all = nested.n_all;
	}
	return 0;
}

int ofacts_check(const struct ofacts *list, const struct ofacts_owner *owner, size_t *which,
		 struct parse_error *err)
{
	struct ofact_scope scope;

	ofact_scope_init(&scope, owner->match, owner->table_id);
	return list_check(list, &scope, which, err);
}
