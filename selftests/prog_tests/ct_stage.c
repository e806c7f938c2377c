// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The stage of the tests of connection tracking; see ct_stage.h. */
#include "ct_stage.h"

#include <string.h>

#include "datapath_ct.h"

static union upcall_copy up;

__u16 ct_new_client(struct harness *t)
{
	static __u16 last = 1024;

	(void)t;
	if (++last == 65535)
		last = 1025;
	return last;
}

void ct_track(struct harness *t, const struct xvs_ct_action *action)
{
	static const struct xvs_op ops[] = {OP_CT_LAST(CT_SLOT), {0}};
	struct xvs_flow_key key = {.in_port = PORT_IN};
	struct xvs_flow_key mask = {.in_port = 0xffff, .recirc_id = ~0u};
	struct flow_arg arg = {.key = &key, .mask = &mask, .verdict = XVS_VERDICT_CT, .ops = ops};

	dp_ct_action_set(t->dp, CT_SLOT, action);
	harness_flow(t, &arg);
}

__u32 ct_behind(struct harness *t, __u8 state, __u8 bits, enum xvs_verdict verdict, __u16 out_port)
{
	struct xvs_flow_key key = {.in_port = PORT_IN, .recirc_id = CT_RECIRC, .ct_state = state};
	struct xvs_flow_key mask = {.in_port = 0xffff, .recirc_id = ~0u, .ct_state = bits};
	struct flow_arg arg = {.key = &key,
			       .mask = &mask,
			       .verdict = verdict,
			       .reason = XVS_DROP_POLICY,
			       .out_port = out_port};

	return harness_flow(t, &arg);
}

static void put32(__u8 *at, __u32 v)
{
	const __be32 wire = XVS_BE32(v);

	memcpy(at, &wire, sizeof(wire));
}

static struct layer l4_layer(const struct ct_packet *p)
{
	__u32 client = p->client, server = PORT_DST;
	__u32 src = p->dir ? server : client, dst = p->dir ? client : server;

	if (!p->proto || p->proto == PROTO_TCP)
		return (struct layer)TCP(.src = src, .dst = dst, .flags = p->flags,
					 .doff = p->scale ? 6 : 0);
	if (p->proto == PROTO_UDP)
		return (struct layer)UDP(.src = src, .dst = dst);
	if (p->proto == PROTO_SCTP)
		return (struct layer)SCTP(.src = src, .dst = dst);
	return (struct layer){.kind = p->ipv6 ? LAYER_ICMP6 : LAYER_ICMP,
			      .icmp = {.type = p->type, .rest = (__u32)p->client << 16 | 1}};
}

static void build(struct harness *t, const struct ct_packet *p)
{
	static const __u8 ip6[2][16] = {IP6_VM1, IP6_VM2};
	struct layer layers[8] = {ETH};
	__u8 proto = p->proto ? p->proto : PROTO_TCP;
	int n = 1;

	if (p->ipv6) {
		layers[n++] = (struct layer)TYPE(0x86dd);
		layers[n] = (struct layer)IP6(.next = proto);
		memcpy(layers[n].ip6.src, ip6[p->dir], 16);
		memcpy(layers[n++].ip6.dst, ip6[!p->dir], 16);
	} else {
		layers[n++] = (struct layer)TYPE(0x0800);
		layers[n++] = (struct layer)IP4(.proto = proto, .src = p->dir ? IP4_VM2 : IP4_VM1,
						.dst = p->dir ? IP4_VM1 : IP4_VM2);
	}
	layers[n++] = l4_layer(p);
	if (p->payload)
		layers[n++] = (struct layer)DATA(p->payload);
	packet_build(&t->pkt, layers, MAX_LAYERS < 8 ? MAX_LAYERS : 8);
	if (proto != PROTO_TCP)
		return;
	put32(t->pkt.data + t->pkt.l4 + 4, p->seq);
	put32(t->pkt.data + t->pkt.l4 + 8, p->ack);
	t->pkt.data[t->pkt.l4 + 14] = (__u8)(p->window >> 8);
	t->pkt.data[t->pkt.l4 + 15] = (__u8)p->window;
	if (p->scale)
		memcpy(t->pkt.data + t->pkt.l4 + 20, (__u8[]){3, 3, (__u8)(p->scale - 1)}, 3);
	if (p->doff)
		t->pkt.data[t->pkt.l4 + 12] = (__u8)(p->doff << 4);
}

void ct_send(struct harness *t, enum xvs_hook hook, const struct ct_packet *p)
{
	build(t, p);
	t->run = (struct run){
		.hook = hook, .port_no = PORT_IN, .in = t->pkt.data, .in_len = t->pkt.len};
	harness_run(t, &t->run);
}

struct xvs_flow_key ct_ask(struct harness *t, const struct ct_packet *p)
{
	ct_send(t, XVS_HOOK_TC, p);
	memset(&up.head.key, 0, sizeof(up.head.key));
	if (harness_upcalls(t, &up, 8, false) != 1)
		test_fail(t, "the pass behind the CT did not miss");
	return up.head.key;
}

void ct_tuple(const struct ct_packet *p, __u16 zone, struct xvs_ct_tuple *out)
{
	static const __u8 ip6[2][16] = {IP6_VM1, IP6_VM2};
	__u8 proto = p->proto ? p->proto : PROTO_TCP;
	bool icmp = proto == PROTO_ICMP || proto == PROTO_ICMPV6;

	*out = (struct xvs_ct_tuple){.zone = zone,
				     .proto = proto,
				     .family = p->ipv6 ? 6 : 4,
				     .sport = XVS_BE16(p->client),
				     .dport = XVS_BE16(icmp ? p->client : PORT_DST)};
	if (p->ipv6) {
		memcpy(out->src.ip6, ip6[0], 16);
		memcpy(out->dst.ip6, ip6[1], 16);
	} else {
		out->src.ip4 = XVS_BE32(IP4_VM1);
		out->dst.ip4 = XVS_BE32(IP4_VM2);
	}
}

__u32 ct_now(struct harness *t)
{
	return dp_ct_now(t->dp);
}

__u64 ct_hash(struct harness *t, const struct ct_packet *p, __u16 zone)
{
	struct xvs_ct_tuple tuple;

	ct_tuple(p, zone, &tuple);
	return xvs_ct_hash(&tuple, dp_config(t->dp)->ct_seed);
}

__u64 *ct_first_word(struct harness *t, const struct ct_packet *p, __u16 zone)
{
	const struct dp_shared *s = dp_shared(t->dp);

	return s->ct_buckets[xvs_ct_hash_bucket(ct_hash(t, p, zone), 0, s->config->n_ct_buckets)]
		.word;
}

static bool is_back(const struct xvs_ct_tuple *a, const struct xvs_ct_tuple *b)
{
	return !memcmp(&a->src, &b->dst, 16) && !memcmp(&a->dst, &b->src, 16) &&
	       a->sport == b->dport && a->dport == b->sport && !memcmp(&a->zone, &b->zone, 4);
}

static int find(struct harness *t, const struct ct_packet *p, __u16 zone, __u64 **out)
{
	const struct dp_shared *s = dp_shared(t->dp);
	__u32 n = s->config->n_ct_buckets;
	struct xvs_ct_tuple tuple;
	int found = 0;
	__u64 hash;

	*out = NULL;
	ct_tuple(p, zone, &tuple);
	hash = xvs_ct_hash(&tuple, s->config->ct_seed);
	for (int i = 0; i < 2 * XVS_CT_WAYS; i++) {
		__u32 bucket = xvs_ct_hash_bucket(hash, i / XVS_CT_WAYS, n);
		__u64 *word = &s->ct_buckets[bucket].word[i % XVS_CT_WAYS];
		const struct xvs_ct_tuple *has =
			&s->ct_entries[bucket * XVS_CT_WAYS + (__u32)i % XVS_CT_WAYS].tuple;

		if (i >= XVS_CT_WAYS && bucket == xvs_ct_hash_bucket(hash, 0, n))
			break; /* both are the same one */
		if (!xvs_ct_lives(*word, ct_now(t)) ||
		    (memcmp(has, &tuple, sizeof(tuple)) && !is_back(has, &tuple)))
			continue;
		*out = word;
		found++;
	}
	return found;
}

__u64 *ct_word(struct harness *t, const struct ct_packet *p, __u16 zone)
{
	__u64 *word;

	if (find(t, p, zone, &word) > 1)
		test_fail(t, "a connection is in the table twice");
	return word;
}

int ct_count(struct harness *t, const struct ct_packet *p, __u16 zone)
{
	__u64 *word;

	return find(t, p, zone, &word);
}

struct xvs_ct_entry *ct_entry(struct harness *t, const __u64 *word)
{
	const struct dp_shared *s = dp_shared(t->dp);

	return &s->ct_entries[word - s->ct_buckets->word];
}

struct xvs_ct_zone *ct_zone(struct harness *t, __u16 zone)
{
	return &dp_shared(t->dp)->ct_zones[zone];
}

void ct_forget(struct harness *t)
{
	const struct dp_shared *s = dp_shared(t->dp);

	memset(s->ct_buckets, 0, s->config->n_ct_buckets * sizeof(*s->ct_buckets));
	memset(s->ct_zones, 0, XVS_CT_ZONES * sizeof(*s->ct_zones));
}

const char *ct_state_name(int state)
{
	static const char *const names[] = {
#define STATE_NAME(sym, name) [XVS_CT_S_##sym] = name,
		XVS_CT_STATES(STATE_NAME)
#undef STATE_NAME
	};

	return state >= 0 && state < XVS_CT_S_N ? names[state] : "none";
}

const char *ct_bits_name(__u8 bits)
{
	static char text[64];
	static const struct {
		__u8 bit;
		const char *name;
	} names[] = {{XVS_CT_NEW, "new"},  {XVS_CT_EST, "est"}, {XVS_CT_REL, "rel"},
		     {XVS_CT_RPL, "rpl"},  {XVS_CT_INV, "inv"}, {XVS_CT_SNAT, "snat"},
		     {XVS_CT_DNAT, "dnat"}};

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bits & names[i].bit) {
			if (text[0])
				strcat(text, "|");
			strcat(text, names[i].name);
		}
	return bits & XVS_CT_TRK ? text : "untracked";
}

void ct_check_bits(struct harness *t, const struct xvs_flow_key *key, __u8 want)
{
	char got[64];

	if (key->ct_state == want)
		return;
	strcpy(got, ct_bits_name(key->ct_state));
	test_fail(t, "ct_state %s, want %s", got, ct_bits_name(want));
}
