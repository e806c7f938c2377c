// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Validity of actions for a match: what a rule does must be possible with every
 * packet that it matches. action_parse.c asks before it accepts a list;
 * whoever makes lists otherwise calls ofacts_check() itself.
 */
#include "action_check.h"

#include <errno.h>
#include <stdio.h>

#include "flow_lex.h"
#include "xvs/limits.h"

static bool fault_set(struct ofact_fault *fault, const char *why)
{
	snprintf(fault->why, sizeof(fault->why), "%s", why);
	return false;
}

static bool needs_first_fragment(const struct field *f, const struct match *match)
{
	return f->pre_nw_proto && match->mask.nw_frag & match->key.nw_frag & XVS_FRAG_LATER;
}

static bool prereqs_check(const struct field *f, const struct match *match,
			  struct ofact_fault *fault)
{
	if (!match)
		return true;
	if (!field_prereqs_met(f, &match->key, &match->mask)) {
		snprintf(fault->why, sizeof(fault->why), "needs %s in the match",
			 prereq_shown(f).s);
		return false;
	}
	if (needs_first_fragment(f, match))
		return fault_set(fault, "finds no port in later fragments, which the match is for");
	return true;
}

static bool set_field_check(const struct ofact *a, const struct match *match,
			    struct ofact_fault *fault)
{
	const struct field *f;
	union field_value exact;

	if ((unsigned int)a->set.field >= FIELD_N)
		return fault_set(fault, "names no field");
	f = &fields[a->set.field];
	if (!f->set_bits)
		return fault_set(fault, "names a field that cannot be set");
	field_exact_mask(f, &exact);
	for (int i = 0; i < 2; i++) {
		if (a->set.mask.w[i] & ~exact.w[i])
			return fault_set(fault, "has a mask wider than the field");
		if (a->set.value.w[i] & ~a->set.mask.w[i])
			return fault_set(fault, "has a value outside of its mask");
	}
	if (field_value_is_zero(&a->set.mask))
		return fault_set(fault, "has an empty mask: there is nothing to set");
	return prereqs_check(f, match, fault);
}

bool ofact_check(const struct ofact *a, const struct match *match, struct ofact_fault *fault)
{
	switch (a->type) {
	case OFACT_OUTPUT:
		if (!a->port || a->port >= XVS_MAX_PORTS)
			return fault_set(fault, "has a port number out of range");
		return true;
	case OFACT_PUSH_VLAN:
		if (a->tpid != XVS_BE16(0x8100) && a->tpid != XVS_BE16(0x88a8))
			return fault_set(fault, "takes 0x8100 or 0x88a8");
		return true;
	case OFACT_SET_FIELD:
		return set_field_check(a, match, fault);
	case OFACT_DEC_TTL:
		return prereqs_check(&fields[FIELD_NW_TTL], match, fault);
	case OFACT_IN_PORT:
	case OFACT_NORMAL:
	case OFACT_FLOOD:
	case OFACT_ALL:
	case OFACT_LOCAL:
	case OFACT_POP_VLAN:
	case OFACT_DROP:
		return true;
	default:
		return fault_set(fault, "is none");
	}
}

static const char *ofact_name(const struct ofact *a)
{
	switch (a->type) {
	case OFACT_OUTPUT:
		return "output";
	case OFACT_PUSH_VLAN:
		return "push_vlan";
	case OFACT_DEC_TTL:
		return "dec_ttl";
	case OFACT_SET_FIELD:
		return "set_field";
	default:
		return "(unnamed)";
	}
}

int ofacts_check(const struct ofacts *list, const struct match *match, size_t *which,
		 struct parse_error *err)
{
	const struct word at = {0};
	struct ofact_fault fault;

	for (size_t i = 0; i < list->n; i++) {
		const struct ofact *a = &list->v[i];

		*which = i;
		if (i >= OFACTS_MAX)
			return parse_fail(err, &at, "more than %d actions", OFACTS_MAX);
		if (a->type == OFACT_DROP && list->n > 1)
			return parse_fail(err, &at, "'drop' must be the only action");
		if (ofact_check(a, match, &fault))
			continue;
		if (a->type == OFACT_SET_FIELD && (unsigned int)a->set.field < FIELD_N)
			return parse_fail(err, &at, "action 'set_field' of '%s' %s",
					  fields[a->set.field].name, fault.why);
		return parse_fail(err, &at, "action '%s' %s", ofact_name(a), fault.why);
	}
	return 0;
}
