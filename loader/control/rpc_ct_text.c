// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One connection as JSON text: what ct.show has a list of.
 */
#include <arpa/inet.h>

#include "rpc_ct_private.h"

static bool is_icmp(const struct xvs_ct_tuple *t)
{
	return t->proto == 1 || t->proto == 58;
}

static void addr_text(struct strbuf *out, const char *name, const struct xvs_ct_addr *addr,
		      __u8 family)
{
	char text[INET6_ADDRSTRLEN];

	if (family == 4)
		inet_ntop(AF_INET, &addr->ip4, text, sizeof(text));
	else
		inet_ntop(AF_INET6, addr->ip6, text, sizeof(text));
	strbuf_printf(out, "\"%s\":\"%s\",", name, text);
}

static void tuple_text(struct strbuf *out, const char *name, const struct xvs_ct_tuple *t)
{
	strbuf_printf(out, ",\"%s\":{", name);
	addr_text(out, "src", &t->src, t->family);
	addr_text(out, "dst", &t->dst, t->family);
	if (is_icmp(t))
		strbuf_printf(out, "\"id\":%u}", XVS_FROM_BE16(t->sport));
	else
		strbuf_printf(out, "\"sport\":%u,\"dport\":%u}", XVS_FROM_BE16(t->sport),
			      XVS_FROM_BE16(t->dport));
}

/* What the answers carry. */
static struct xvs_ct_tuple reply_of(const struct xvs_ct_entry *e)
{
	struct xvs_ct_tuple t = e->tuple;

	if (e->flags & (XVS_CT_E_SNAT | XVS_CT_E_DNAT))
		return e->reply;
	t.src = e->tuple.dst;
	t.dst = e->tuple.src;
	t.sport = e->tuple.dport;
	t.dport = e->tuple.sport;
	return t;
}

static void flags_text(struct strbuf *out, __u64 word, const struct xvs_ct_entry *e)
{
	static const struct {
		__u8 flag;
		const char *name;
	} names[] = {
		{XVS_CT_F_REPLIED, "replied"},
		{XVS_CT_F_ASSURED, "assured"},
		{XVS_CT_F_HALF, "half-open"},
		{XVS_CT_F_ALG, "alg"},
	};
	const char *comma = "";

	strbuf_add(out, ",\"flags\":[");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(xvs_ct_flags(word) & names[i].flag))
			continue;
		strbuf_printf(out, "%s\"%s\"", comma, names[i].name);
		comma = ",";
	}
	if (e->flags & XVS_CT_E_RELATED)
		strbuf_printf(out, "%s\"related\"", comma);
	strbuf_addc(out, ']');
}

static const char *nat_name(const struct xvs_ct_entry *e)
{
	static const char *const names[] = {"null", "\"src\"", "\"dst\"", "\"src,dst\""};

	return names[e->flags & (XVS_CT_E_SNAT | XVS_CT_E_DNAT)];
}

static const char *alg_name(__u8 alg)
{
	static const char *const names[] = {
		[XVS_CT_ALG_NONE] = "null",
		[XVS_CT_ALG_FTP] = "\"ftp\"",
		[XVS_CT_ALG_TFTP] = "\"tftp\"",
	};

	return alg < sizeof(names) / sizeof(names[0]) ? names[alg] : "null";
}

void rpc_ct_conn_text(struct strbuf *out, const struct dp_ct_conn *conn, __u32 now, __u32 hz,
		      const char *rule)
{
	const struct xvs_ct_entry *e = &conn->entry;
	const struct xvs_ct_tuple reply = reply_of(e);
	__u32 left = xvs_ct_is_over(conn->word, now) ? 0 : xvs_ct_expires(conn->word) - now;
	char proto[8];

	strbuf_printf(out, "{\"id\":%u,\"proto\":\"%s\",\"family\":%u", conn->slot,
		      rpc_ct_proto_name(e->tuple.proto, proto), e->tuple.family);
	tuple_text(out, "orig", &e->tuple);
	tuple_text(out, "reply", &reply);
	/* The label as text: 128 bits, where JSON numbers have fewer. */
	strbuf_printf(out,
		      ",\"state\":\"%s\",\"zone\":%u,\"mark\":%u,\"label\":\"0x%016llx%016llx\","
		      "\"rule\":%u,\"assured\":%s,\"nat\":%s,\"alg\":%s",
		      rpc_ct_state_name(xvs_ct_word_state(conn->word)), e->tuple.zone, e->mark,
		      (unsigned long long)e->label[1], (unsigned long long)e->label[0], e->rule,
		      xvs_ct_flags(conn->word) & XVS_CT_F_ASSURED ? "true" : "false", nat_name(e),
		      alg_name(e->alg));
	strbuf_add(out, ",\"rule_name\":");
	if (rule && *rule)
		rpc_text_string(out, rule);
	else
		strbuf_add(out, "null");
	flags_text(out, conn->word, e);
	if (e->flags & XVS_CT_E_RELATED)
		strbuf_printf(out, ",\"master\":%u", e->master);
	strbuf_printf(out, ",\"timeout_s\":%u,\"age_s\":%u}", (left + hz - 1) / hz,
		      (__s32)(now - e->born) < 0 ? 0 : (now - e->born) / hz);
}
