// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The firewall policy in a translation.
 *
 * A packet that enters a switch with a policy is tracked first, in a zone of the
 * switch, and meets table 0 in the next pass, where it counts as not tracked: zones of
 * rules are apart. There each of its outputs is judged: a packet of a connection that was
 * answered, or is related to one, goes as the tables say; any other one is judged by the
 * policy's rules, "out" at the vNIC that it came from as it came, and "in" at the one that
 * it goes to as it arrives there. What a stateful section allows is entered; see
 * xlate_policy_finish.c.
 *
 * Where a pass ends before there is an output, as with a ct() of rules, "out" is
 * judged then, with the way out not known, and "in" in the pass that has the output. A
 * connection is entered in the first of these passes, where it has its own addresses, and
 * has the number of the rule at its sender only.
 *
 * Neighbour discovery is for IPv6 what ARP is for IPv4, and not judged. Other ICMPv6
 * messages of the link (routers, multicast listeners) belong to no connection: they are
 * judged by rules, as those of a section that is not stateful.
 */
#include "policy_compile.h"
#include "policy_text.h"
#include "proto.h"
#include "xlate_private.h"

#define ICMPV6_MLD_FIRST 130
#define ICMPV6_MLD_LAST 132
#define ICMPV6_REDIRECT 137
#define ICMPV6_MLD2_REPORT 143
#define TCP_FLAGS_BEGIN 0x17 /* FIN, SYN, RST, ACK: of these a first packet has SYN */
#define TCP_SYN 0x02
#define PORT_DNS 53

static bool has_policy(const struct xlate_ctx *ctx)
{
	return ctx->sw->policy && !policy_is_empty(ctx->sw->policy);
}

static void track(struct xlate_ctx *ctx)
{
	const struct xvs_ct_action action = {.zone = ctx->sw->policy_zone};
	struct ofact begin = {.type = OFACT_RESUBMIT, .resubmit.table_id = 0};
	const struct ofacts list = {.v = &begin, .n = 1};
	__u8 caller = ctx->table_id;
	__u64 cookie = ctx->cookie;

	xlate_trace_add(ctx->trace, "policy: tracked in zone %u; goes on in the next pass",
			action.zone);
	if (!xlate_ct_fork(ctx, &action))
		return;
	ctx->frozen.policy =
		(struct recirc_policy){.flags = RECIRC_POLICY_ON | RECIRC_POLICY_IN_KEY};
	ctx->table_id = 0;
	ctx->cookie = 0;
	xlate_freeze_rest(ctx, &list, 0);
	ctx->table_id = caller;
	ctx->cookie = cookie;
}

enum message {
	OF_CONNECTION, /* it is one's, or begins one */
	OF_LINK, /* it belongs to none */
	NEIGHBOUR_DISCOVERY,
};

static enum message message_of(struct xlate_ctx *ctx)
{
	const struct flow_key *k = &ctx->want.flow;
	__u16 type;

	if (k->dl_type != XVS_BE16(DL_TYPE_IPV6))
		return OF_CONNECTION;
	XLATE_READ(ctx, nw_proto);
	if (k->nw_proto != PROTO_ICMPV6)
		return OF_CONNECTION;
	XLATE_READ(ctx, tp_src);
	type = XVS_FROM_BE16(k->tp_src);
	if (type == ND_SOLICIT || type == ND_ADVERT)
		return NEIGHBOUR_DISCOVERY;
	if ((type >= ICMPV6_MLD_FIRST && type <= ICMPV6_REDIRECT) || type == ICMPV6_MLD2_REPORT)
		return OF_LINK;
	return OF_CONNECTION;
}

bool xlate_policy_enter(struct xlate_ctx *ctx)
{
	ctx->policy = (struct recirc_policy){0};
	if (!flow_is_ip(&ctx->want.flow))
		return false;
	xlate_depends(ctx, XLATE_DEP_POLICY, 0);
	if (!has_policy(ctx))
		return false;
	switch (message_of(ctx)) {
	case OF_CONNECTION:
		track(ctx);
		return true;
	case OF_LINK:
		ctx->policy.flags = RECIRC_POLICY_ON | RECIRC_POLICY_STATELESS;
		return false;
	case NEIGHBOUR_DISCOVERY:
		break;
	}
	return false;
}

void xlate_policy_thaw(struct xlate_ctx *ctx, const struct recirc_policy *policy)
{
	ctx->policy = *policy;
	if (policy->flags & RECIRC_POLICY_ON)
		xlate_depends(ctx, XLATE_DEP_POLICY, 0);
	if (policy->flags & RECIRC_POLICY_IN_KEY)
		xlate_ct_clear(ctx);
}

/* What the policy's zone knows of the packet; un-wildcards that. */
static __u8 ct_state(struct xlate_ctx *ctx)
{
	const struct flow_key *key = ctx->in->key;
	__u8 bits = XVS_CT_INV | XVS_CT_EST | XVS_CT_REL;

	if (!(ctx->policy.flags & RECIRC_POLICY_IN_KEY))
		return ctx->policy.ct_state;
	if (key->ct_state & XVS_CT_REL)
		bits |= XVS_CT_NEW;
	ctx->out->mask.ct_state |= bits;
	return key->ct_state & bits;
}

/* Answers within a connection only: others are anybody's. */
static bool is_dns_answer(struct xlate_ctx *ctx)
{
	const struct flow_key *key = ctx->in->key;
	const __u8 bits = XVS_CT_INV | XVS_CT_EST | XVS_CT_RPL;

	ctx->out->mask.nw_proto = 0xff;
	if (key->nw_proto != PROTO_UDP)
		return false;
	ctx->out->mask.tp_src = 0xffff;
	if (key->tp_src != XVS_BE16(PORT_DNS))
		return false;
	ctx->out->mask.ct_state |= bits;
	return (key->ct_state & bits) == (XVS_CT_EST | XVS_CT_RPL);
}

bool xlate_policy_snoops(struct xlate_ctx *ctx)
{
	struct controller_point point = {.kind = CONTROLLER_DNS};
	struct xvs_op op = {.kind = XVS_OP_CONTROLLER};
	const struct xlate_env *env = ctx->in->env;

	if (!(ctx->policy.flags & RECIRC_POLICY_IN_KEY) || ctx->in->answer_seen || !has_policy(ctx))
		return false;
	/* Whether there are names is a matter of rules. */
	xlate_depends(ctx, XLATE_DEP_POLICY, 1);
	if (!policy_has_fqdns(ctx->sw->policy) || !is_dns_answer(ctx))
		return false;
	memcpy(point.sw_name, ctx->sw->name, sizeof(point.sw_name));
	if (env && env->points)
		op.arg = controller_point_intern(env->points, &point);
	if (!op.arg)
		return false;
	xlate_trace_add(ctx->trace, "policy: an answer of DNS, which the daemon looks at and sends "
				    "on");
	xlate_emit(ctx, &op);
	return true;
}

/* --- what is to become of the packet besides its outputs --- */

static void commit(struct xlate_ctx *ctx, struct policy_pair rules)
{
	struct policy_pairs *pairs = ctx->in->env ? ctx->in->env->policy_pairs : NULL;

	if (ctx->policy_out.commits)
		return;
	ctx->policy_out.commits = true;
	ctx->policy_out.zone = ctx->sw->policy_zone;
	ctx->policy_out.rule = pairs ? policy_pair_number(pairs, rules) : rules.in;
}

static void note(struct xlate_ctx *ctx, const struct controller_point *point)
{
	struct xlate_policy_out *out = &ctx->policy_out;

	for (unsigned int i = 0; i < out->n_notes; i++)
		if (out->note[i].cookie == point->cookie && out->note[i].flags == point->flags)
			return;
	if (out->n_notes < XLATE_POLICY_NOTES)
		out->note[out->n_notes++] = *point;
}

/* The rule counts the packet once, however many outputs it decides about. */
static void count(struct xlate_ctx *ctx, struct policy_rule *rule)
{
	struct xlate_ref ref = {.kind = XLATE_REF_POLICY, .policy_rule = rule};

	if (!xlate_refs_has(&ctx->out->refs, &ref))
		xlate_refs_add(&ctx->out->refs, &ref);
}

/* --- judging --- */

/* A side of the packet's way. */
struct side {
	enum policy_direction direction;
	const struct sw_port *port; /* whose vNIC it is */
	__u16 in_port, out_port;
};

/* "out" sees what came in; "in" what is sent. */
static void decide(struct xlate_ctx *ctx, const struct side *s, struct policy_verdict *v)
{
	struct policy_query q = {
		.direction = s->direction,
		.port_no = s->port->port_no,
		.in_port = s->in_port,
		.out_port = s->out_port,
	};
	struct flow_key key, wc = {0};

	if (s->direction == POLICY_OUT) {
		q.key = ctx->in->key;
		policy_decide(ctx->sw->policy, &q, &wc, v);
		flow_mask_or(&ctx->out->mask, &wc);
		return;
	}
	xlate_key(ctx, &key);
	q.key = &key;
	policy_decide(ctx->sw->policy, &q, &wc, v);
	xlate_unwildcard(ctx, &wc);
}

static void trace_verdict(struct xlate_ctx *ctx, const struct side *s,
			  const struct policy_verdict *v)
{
	const struct policy_rule *r = v->rule;

	if (!ctx->trace)
		return;
	if (!v->section)
		xlate_trace_add(ctx->trace, "policy: %s at %s: default rule: %s",
				policy_direction_name(s->direction), s->port->name,
				policy_action_name(v->action));
	else
		xlate_trace_add(ctx->trace, "policy: %s at %s: section %s, rule %u%s%s: %s",
				policy_direction_name(s->direction), s->port->name,
				v->section->name, r->id, r->name[0] ? " " : "", r->name,
				policy_action_name(v->action));
}

static void make_note(struct xlate_ctx *ctx, const struct side *s, const struct policy_verdict *v)
{
	struct controller_point point = {
		.kind = CONTROLLER_POLICY,
		.cookie = v->rule->id,
		.port_no = s->port->port_no,
		.flags = v->log ? CONTROLLER_F_LOG : 0,
	};

	if (v->action == POLICY_ALLOW)
		point.flags |= CONTROLLER_F_ALLOWED;
	else if (v->action == POLICY_REJECT)
		point.flags |= CONTROLLER_F_REJECT;
	memcpy(point.sw_name, ctx->sw->name, sizeof(point.sw_name));
	if (point.flags & (CONTROLLER_F_LOG | CONTROLLER_F_REJECT))
		note(ctx, &point);
}

/* A connection that a strict section would enter begins with SYN alone. */
static bool begins_in_the_middle(struct xlate_ctx *ctx)
{
	const struct flow_key *key = ctx->in->key;

	if (key->nw_proto != PROTO_TCP)
		return false;
	ctx->out->mask.nw_proto = 0xff;
	ctx->out->mask.tcp_flags |= XVS_BE16(TCP_FLAGS_BEGIN);
	return (XVS_FROM_BE16(key->tcp_flags) & TCP_FLAGS_BEGIN) != TCP_SYN;
}

/* False: the output is not made. 'stateful' is set if the rule's section is. */
static bool judge(struct xlate_ctx *ctx, const struct side *s, __u8 state, __u32 *rule,
		  bool *stateful)
{
	struct policy_verdict v;

	xlate_depends(ctx, XLATE_DEP_POLICY, 1);
	decide(ctx, s, &v);
	trace_verdict(ctx, s, &v);
	count(ctx, v.rule);
	make_note(ctx, s, &v);
	*rule = v.rule->id;
	if (v.action != POLICY_ALLOW) {
		xlate_skip(ctx, XVS_DROP_POLICY);
		return false;
	}
	if (!v.stateful || ctx->policy.flags & RECIRC_POLICY_STATELESS)
		return true;
	*stateful = true;
	if (!(state & XVS_CT_INV) && (!v.tcp_strict || !begins_in_the_middle(ctx)))
		return true;
	xlate_trace_add(ctx->trace, "policy: the packet belongs to no connection, and begins none");
	xlate_skip(ctx, XVS_DROP_CT_INVALID);
	return false;
}

static bool is_subject(const struct xlate_ctx *ctx, const struct sw_port *p)
{
	return p && p->kind != SW_PORT_PATCH && policy_is_subject(ctx->sw->policy, p->port_no);
}

/* "out" at the vNIC that the packet came from, if it came from one of this switch. */
static bool judge_out(struct xlate_ctx *ctx, const struct sw_port *to, __u8 state,
		      struct policy_pair *rules, bool *stateful)
{
	const struct sw_port *in = sw_port_by_no(ctx->sw, ctx->in->key->in_port);
	struct side side = {.direction = POLICY_OUT, .port = in};

	if (ctx->policy.flags & RECIRC_POLICY_LEFT || !is_subject(ctx, in))
		return true;
	side.in_port = in->port_no;
	side.out_port = to ? to->port_no : 0;
	return judge(ctx, &side, state, &rules->out, stateful);
}

static bool judge_in(struct xlate_ctx *ctx, const struct sw_port *to, __u8 state,
		     struct policy_pair *rules, bool *stateful)
{
	const struct sw_port *in = sw_port_by_no(ctx->sw, ctx->in->key->in_port);
	struct side side = {.direction = POLICY_IN, .port = to, .out_port = to->port_no};

	if (!is_subject(ctx, to))
		return true;
	side.in_port = in ? in->port_no : 0;
	return judge(ctx, &side, state, &rules->in, stateful);
}

/* The answer, or what belongs to a connection: no rule is asked. */
static bool is_of_connection(struct xlate_ctx *ctx, __u8 state)
{
	if (state & XVS_CT_INV || !(state & (XVS_CT_EST | XVS_CT_REL)))
		return false;
	xlate_trace_add(ctx->trace, "policy: the connection is %s",
			state & XVS_CT_REL ? "related to one that was allowed" : "established");
	/* One that was announced: it is entered as it begins. */
	if (state & XVS_CT_NEW)
		commit(ctx, (struct policy_pair){0});
	return true;
}

bool xlate_policy_allows(struct xlate_ctx *ctx, const struct sw_port *to)
{
	struct policy_pair rules = {0};
	bool stateful = false;
	__u8 state;

	if (!(ctx->policy.flags & RECIRC_POLICY_ON) || !has_policy(ctx))
		return true;
	state = ct_state(ctx);
	if (is_of_connection(ctx, state))
		return true;
	if (!judge_out(ctx, to, state, &rules, &stateful) ||
	    !judge_in(ctx, to, state, &rules, &stateful))
		return false;
	if (stateful && !(ctx->policy.flags & RECIRC_POLICY_LEFT))
		commit(ctx, rules);
	return true;
}

struct recirc_policy xlate_policy_freeze(struct xlate_ctx *ctx)
{
	struct recirc_policy next = ctx->policy;
	struct policy_pair rules = {0};
	bool stateful = false;

	if (!(next.flags & RECIRC_POLICY_ON) || !has_policy(ctx))
		return next;
	if (next.flags & RECIRC_POLICY_STATELESS)
		return next;
	next.ct_state = ct_state(ctx);
	next.flags &= (__u8)~RECIRC_POLICY_IN_KEY;
	if (next.flags & RECIRC_POLICY_LEFT || is_of_connection(ctx, next.ct_state))
		return next;
	if (!judge_out(ctx, NULL, next.ct_state, &rules, &stateful))
		ctx->error = ctx->reason;
	/* Where nobody was asked the receiver's rule is to come. */
	if (stateful || !rules.out)
		commit(ctx, rules);
	next.flags |= RECIRC_POLICY_LEFT;
	return next;
}
