// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Printing of ct(), in the order in which ovs-ofctl prints; see ct_text.h.
 */
#include "ct_text.h"

#include "field_text.h"
#include "flow_format.h"
#include "subfield_text.h"

/* The words so far have something in front of the next. */
struct ct_words {
	struct strbuf *out;
	const char *between;
};

static void word(struct ct_words *w, const char *name)
{
	strbuf_printf(w->out, "%s%s", w->between, name);
	w->between = ",";
}

static void format_address(struct strbuf *out, __u8 family, const struct xvs_ct_addr *addr,
			   bool brackets)
{
	const struct field *f = &fields[family == 4 ? FIELD_NW_SRC : FIELD_IPV6_SRC];
	struct field_bits bits;

	memcpy(bits.value.b, addr->ip6, sizeof(bits.value.b));
	field_exact_mask(f, &bits.mask);
	strbuf_add(out, brackets ? "[" : "");
	field_text_format(out, f, &bits);
	strbuf_add(out, brackets ? "]" : "");
}

static void format_range(struct strbuf *out, const struct ofact_nat *nat)
{
	bool brackets = nat->family == 6 && nat->port_min;

	strbuf_addc(out, '=');
	format_address(out, nat->family, &nat->min, brackets);
	if (memcmp(&nat->min, &nat->max, sizeof(nat->min))) {
		strbuf_addc(out, '-');
		format_address(out, nat->family, &nat->max, brackets);
	}
	if (nat->port_min)
		strbuf_printf(out, ":%u", nat->port_min);
	if (nat->port_max != nat->port_min)
		strbuf_printf(out, "-%u", nat->port_max);
}

static void format_nat(struct ct_words *w, __u16 flags, const struct ofact_nat *nat)
{
	word(w, "nat");
	if (!(flags & (XVS_CT_A_SNAT | XVS_CT_A_DNAT)))
		return;
	strbuf_add(w->out, flags & XVS_CT_A_SNAT ? "(src" : "(dst");
	if (nat->family)
		format_range(w->out, nat);
	if (flags & XVS_CT_A_PERSISTENT)
		strbuf_add(w->out, ",persistent");
	if (nat->hash)
		strbuf_add(w->out, ",hash");
	if (flags & XVS_CT_A_RANDOM)
		strbuf_add(w->out, ",random");
	strbuf_addc(w->out, ')');
}

static void format_flags(struct ct_words *w, __u16 flags)
{
	if (flags & XVS_CT_A_COMMIT)
		word(w, "commit");
	if (flags & XVS_CT_A_FORCE)
		word(w, "force");
}

static void format_alg(struct ct_words *w, __u8 alg)
{
	if (alg == XVS_CT_ALG_FTP)
		word(w, "alg=ftp");
	else if (alg == XVS_CT_ALG_TFTP)
		word(w, "alg=tftp");
}

static void format_zone(struct ct_words *w, __u16 zone)
{
	if (!zone)
		return;
	word(w, "zone=");
	strbuf_printf(w->out, "%u", zone);
}

void ofact_ct_format(struct strbuf *out, const struct ofact_ct *ct, const struct port_names *names)
{
	struct ct_words w = {.out = out, .between = ""};

	strbuf_add(out, "ct(");
	format_flags(&w, ct->flags);
	if (ct->table_id != OFACT_TABLE_NONE) {
		word(&w, "table=");
		strbuf_printf(out, "%u", ct->table_id);
	}
	if (ct->zone_src.n_bits) {
		word(&w, "zone=");
		subfield_format(out, &ct->zone_src);
	} else {
		format_zone(&w, ct->zone);
	}
	if (ct->flags & XVS_CT_A_NAT)
		format_nat(&w, ct->flags, &ct->nat);
	if (ct->exec.n) {
		word(&w, "exec(");
		ofacts_format(out, &ct->exec, names);
		strbuf_addc(out, ')');
	}
	format_alg(&w, ct->alg);
	strbuf_addc(out, ')');
}

static void format_mark(struct ct_words *w, const struct xvs_ct_action *a)
{
	if (!(a->flags & XVS_CT_A_MARK))
		return;
	word(w, "mark=");
	strbuf_printf(w->out, "0x%x/0x%x", a->mark, a->mark_mask);
}

static void format_label(struct ct_words *w, const struct xvs_ct_action *a)
{
	struct flow_key value = {.ct_label = {a->label[0], a->label[1]}};
	struct flow_key mask = {.ct_label = {a->label_mask[0], a->label_mask[1]}};
	struct field_bits bits;

	if (!(a->flags & XVS_CT_A_LABEL))
		return;
	field_get(&fields[FIELD_CT_LABEL], &value, &bits.value);
	field_get(&fields[FIELD_CT_LABEL], &mask, &bits.mask);
	word(w, "label=");
	field_value_format(w->out, &bits.value);
	strbuf_addc(w->out, '/');
	field_value_format(w->out, &bits.mask);
}

void ct_action_format(struct strbuf *out, const struct xvs_ct_action *a)
{
	const struct ofact_nat nat = {.family = a->nat_family,
				      .min = a->nat_min,
				      .max = a->nat_max,
				      .port_min = a->port_min,
				      .port_max = a->port_max};
	struct ct_words w = {.out = out, .between = ""};

	if (a->flags & XVS_CT_A_CLEAR) {
		strbuf_add(out, "ct_clear");
		return;
	}
	strbuf_add(out, "ct(");
	format_flags(&w, a->flags);
	format_zone(&w, a->zone);
	format_mark(&w, a);
	format_label(&w, a);
	if (a->flags & XVS_CT_A_NAT)
		format_nat(&w, a->flags, &nat);
	format_alg(&w, a->alg);
	if (a->flags & XVS_CT_A_RULE) {
		word(&w, "rule=");
		strbuf_printf(out, "%u", a->rule);
	}
	strbuf_addc(out, ')');
	if (a->recirc_id)
		strbuf_printf(out, ",recirc(0x%x)", a->recirc_id);
}
