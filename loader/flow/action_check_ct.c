// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Validity of ct(): what Open vSwitch refuses, and ranges that are none.
 */
#include "action_check_private.h"

static bool nat_check(const struct ofact_ct *ct, const struct ofact_scope *scope,
		      struct ofact_fault *fault)
{
	const __u16 one = ct->flags & (XVS_CT_A_SNAT | XVS_CT_A_DNAT);
	const struct ofact_nat *nat = &ct->nat;

	if (one == (XVS_CT_A_SNAT | XVS_CT_A_DNAT))
		return ofact_fault_set(fault, "translates source or destination, not both");
	if (one && !(ct->flags & XVS_CT_A_NAT))
		return ofact_fault_set(fault, "has an address to translate to, but no 'nat'");
	if (!one &&
	    (nat->family || nat->hash || ct->flags & (XVS_CT_A_PERSISTENT | XVS_CT_A_RANDOM)))
		return ofact_fault_set(fault, "has flags of 'nat' without src or dst");
	if (one && !(ct->flags & XVS_CT_A_COMMIT))
		return ofact_fault_set(fault, "needs 'commit' for 'nat' with src or dst");
	if (nat->hash && ct->flags & XVS_CT_A_RANDOM)
		return ofact_fault_set(fault, "takes one of hash and random");
	if (!nat->family)
		return !nat->port_min ||
		       ofact_fault_set(fault, "has ports to translate to, but no address");
	if (nat->family != 4 && nat->family != 6)
		return ofact_fault_set(fault, "has an address of no family");
	if (memcmp(&nat->max, &nat->min, sizeof(nat->min)) < 0 || nat->port_max < nat->port_min ||
	    !nat->port_min != !nat->port_max)
		return ofact_fault_set(fault, "has a range that ends before it begins");
	return !scope->has_match ||
	       ofact_field_check(&fields[nat->family == 4 ? FIELD_NW_SRC : FIELD_IPV6_SRC],
				 &scope->match, fault);
}

static bool exec_check(const struct ofact_ct *ct, const struct ofact_scope *scope,
		       struct ofact_fault *fault)
{
	struct ofact_scope inner;

	if (!ct->exec.n)
		return true;
	if (!(ct->flags & XVS_CT_A_COMMIT))
		return ofact_fault_set(fault, "needs 'commit' for 'exec'");
	ofact_scope_nest(&inner, scope);
	inner.in_ct = true;
	for (size_t i = 0; i < ct->exec.n; i++)
		if (!ofact_check(&ct->exec.v[i], &inner, fault))
			return false;
	return true;
}

static bool alg_check(const struct ofact_ct *ct, const struct ofact_scope *scope,
		      struct ofact_fault *fault)
{
	switch (ct->alg) {
	case XVS_CT_ALG_NONE:
		return true;
	case XVS_CT_ALG_FTP:
		return !scope->has_match ||
		       ofact_field_check(&fields[FIELD_TCP_SRC], &scope->match, fault);
	case XVS_CT_ALG_TFTP:
		return !scope->has_match ||
		       ofact_field_check(&fields[FIELD_UDP_SRC], &scope->match, fault);
	default:
		return ofact_fault_set(fault, "has an 'alg' that there is not");
	}
}

static bool is_invalid(const struct match *match)
{
	return match->mask.ct_state & match->key.ct_state & XVS_CT_INV;
}

bool ofact_ct_check(const struct ofact_ct *ct, const struct ofact_scope *scope,
		    struct ofact_fault *fault)
{
	const __u16 flags = XVS_CT_A_COMMIT | XVS_CT_A_FORCE | XVS_CT_A_NAT | XVS_CT_A_SNAT |
			    XVS_CT_A_DNAT | XVS_CT_A_PERSISTENT | XVS_CT_A_RANDOM;
	bool commit = ct->flags & XVS_CT_A_COMMIT;

	if (ct->flags & ~flags)
		return ofact_fault_set(fault, "has flags that there are not");
	if (scope->has_match && !ofact_field_check(&fields[FIELD_NW_PROTO], &scope->match, fault))
		return false;
	if (!commit && ct->flags & XVS_CT_A_FORCE)
		return ofact_fault_set(fault, "needs 'commit' for 'force'");
	if (commit && scope->has_match && is_invalid(&scope->match))
		return ofact_fault_set(fault, "cannot enter a connection by packets that the match "
					      "has as invalid (ct_state=+inv)");
	if (ct->zone_src.n_bits && ct->zone_src.n_bits != 16)
		return ofact_fault_set(fault, "takes a zone of 16 bits");
	if (ct->zone_src.n_bits && !ofact_subfield_check(&ct->zone_src, false, scope, fault))
		return false;
	return nat_check(ct, scope, fault) && exec_check(ct, scope, fault) &&
	       alg_check(ct, scope, fault);
}
