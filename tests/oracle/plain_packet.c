// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The packet of plain_packet.h.
 */
#include "plain_packet.h"

#include <string.h>

#include "xvs/limits.h"

#define MACS_LEN 12
#define TAG_LEN 4
#define TYPE_LEN 2
#define TAGS_MAX ((XVS_MPLS_MAX_OFF - MACS_LEN - TYPE_LEN) / TAG_LEN)

static bool is_mpls(__be16 type)
{
	return type == XVS_BE16(0x8847) || type == XVS_BE16(0x8848);
}

static void init_labels(struct plain_packet *p, const struct flow_key *key,
			const struct plain_hidden *hidden)
{
	for (unsigned int i = 0; i < hidden->n_labels; i++)
		p->label[p->n_labels++] = (struct plain_label){key->dl_type, hidden->lse[i]};
	p->label[p->n_labels++] = (struct plain_label){key->dl_type, XVS_FROM_BE32(key->mpls_lse)};
	p->n_wire = p->n_labels;
}

void plain_packet_init(struct plain_packet *p, const struct flow_key *key,
		       const struct plain_hidden *hidden)
{
	struct xvs_flow_key pkt = key->pkt;

	memset(p, 0, sizeof(*p));
	p->beside = *key;
	p->came = *key;
	if (is_mpls(key->dl_type)) {
		init_labels(p, key, hidden);
		pkt.dl_type = hidden->key.dl_type;
		for (int i = XVS_STAGE_L2_END; i < XVS_KEY_WORDS; i++)
			pkt.w[i] = hidden->key.w[i];
		pkt.mpls_lse = 0;
	}
	frame_spec_init(&p->spec, &pkt);
}

static __be16 tci_of(const struct plain_packet *p, unsigned int depth)
{
	const struct frame_spec *s = &p->spec;

	if (depth >= s->n_tags)
		return 0;
	return XVS_BE16((s->tag[s->n_tags - 1 - depth].tci & 0xefff) | XVS_VLAN_PRESENT);
}

void plain_packet_key(const struct plain_packet *p, struct flow_key *key)
{
	*key = p->beside;
	for (int i = XVS_STAGE_METADATA_END; i < XVS_KEY_WORDS; i++)
		key->pkt.w[i] = p->spec.key.w[i];
	key->vlan_tci = tci_of(p, 0);
	key->vlan_tci1 = tci_of(p, 1);
	key->mpls_lse = 0;
	if (!p->n_labels)
		return;
	key->dl_type = p->label[p->n_labels - 1].ethertype;
	key->mpls_lse = XVS_BE32(p->label[p->n_labels - 1].lse);
	for (int i = XVS_STAGE_L2_END; i < XVS_KEY_WORDS; i++)
		key->pkt.w[i] = 0;
}

void plain_packet_build(const struct plain_packet *p, struct frame_buf *frame)
{
	size_t at = MACS_LEN + TAG_LEN * (size_t)p->spec.n_tags, n = 4 * (size_t)p->n_labels;
	__be32 lse;

	frame_build(&p->spec, frame);
	if (!n)
		return;
	memmove(frame->bytes + at + TYPE_LEN + n, frame->bytes + at + TYPE_LEN,
		frame->len - at - TYPE_LEN);
	frame->len += n;
	memcpy(frame->bytes + at, &p->label[p->n_labels - 1].ethertype, TYPE_LEN);
	at += TYPE_LEN;
	for (unsigned int i = p->n_labels; i--; at += 4) {
		lse = XVS_BE32(p->label[i].lse);
		memcpy(frame->bytes + at, &lse, 4);
	}
}

bool plain_packet_has(const struct plain_packet *p, const struct field *f)
{
	struct flow_key key, all;

	memset(&all, 0xff, sizeof(all));
	plain_packet_key(p, &key);
	if (f->pre_nw_proto && key.nw_frag & XVS_FRAG_LATER)
		return false;
	/* What a message is does not change with the type that an action gives it. */
	if (f->pre_icmp_type) {
		key.tp_src = p->came.tp_src;
		if (p->came.tp_dst)
			return false;
	}
	return field_prereqs_met(f, &key, &all);
}

static void set_tag(struct plain_packet *p, __u16 value, __u16 mask)
{
	struct frame_spec *s = &p->spec;
	struct frame_tag *tag;

	if (!s->n_tags)
		plain_packet_push_vlan(p, 0x8100, 0);
	tag = &s->tag[s->n_tags - 1];
	tag->tci = (__u16)((tag->tci & ~mask) | (value & mask)) & 0xefff;
}

/* With the bit that says "present" it is a tag, without it none. */
static void set_tci(struct plain_packet *p, __u16 value, __u16 mask)
{
	if (mask & ~value & XVS_VLAN_PRESENT)
		plain_packet_pop_vlan(p);
	else if (mask & XVS_VLAN_PRESENT || p->spec.n_tags)
		set_tag(p, value, mask);
}

void plain_packet_set(struct plain_packet *p, const struct field *f, const union field_value *value,
		      const union field_value *mask)
{
	struct flow_key key, v = {0}, m = {0};

	field_set(f, &v, value);
	field_set(f, &m, mask);
	if (f->id == FIELD_VLAN_TCI) {
		set_tci(p, XVS_FROM_BE16(v.vlan_tci), XVS_FROM_BE16(m.vlan_tci));
		return;
	}
	if (f->id == FIELD_DL_VLAN || f->id == FIELD_DL_VLAN_PCP) {
		set_tag(p, XVS_FROM_BE16(v.vlan_tci), XVS_FROM_BE16(m.vlan_tci));
		return;
	}
	plain_packet_key(p, &key);
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		key.w[i] = (key.w[i] & ~m.w[i]) | (v.w[i] & m.w[i]);
	if (p->n_labels)
		p->label[p->n_labels - 1].lse = XVS_FROM_BE32(key.mpls_lse);
	for (int i = 0; i < FLOW_STAGE_METADATA_END; i++)
		p->beside.w[i] = key.w[i];
	memcpy(p->spec.key.dl_src, key.dl_src, 6);
	memcpy(p->spec.key.dl_dst, key.dl_dst, 6);
	for (int i = XVS_STAGE_L2_END; !p->n_labels && i < XVS_KEY_WORDS; i++)
		p->spec.key.w[i] = key.pkt.w[i];
}

/* It is parsed again: more tags than the parser takes hide what is behind them, and
 * nobody remembers TPIDs. */
static void note_tags(struct plain_packet *p)
{
	if (!p->bare)
		return;
	p->unknown |= p->spec.n_tags > XVS_MAX_VLAN_TAGS;
	for (unsigned int i = 0; i < p->spec.n_tags; i++)
		p->unknown |= p->spec.tag[i].tpid != 0x8100;
}

void plain_packet_push_vlan(struct plain_packet *p, __u16 tpid, __u16 tci)
{
	/* Behind more of them labels are out of the fast path's reach. */
	if (p->spec.n_tags == TAGS_MAX) {
		p->unknown = true;
		return;
	}
	p->spec.tag[p->spec.n_tags++] = (struct frame_tag){tpid, tci};
	note_tags(p);
}

void plain_packet_pop_vlan(struct plain_packet *p)
{
	p->spec.n_tags -= p->spec.n_tags != 0;
}

/* RFC 3032 and Open vSwitch: explicit null, class and TTL of what is behind. */
static __u32 first_lse(const struct xvs_flow_key *key)
{
	bool is_v6 = key->dl_type == XVS_BE16(0x86dd);
	bool is_ip = is_v6 || key->dl_type == XVS_BE16(0x0800);
	__u32 ttl = is_ip && key->nw_ttl ? key->nw_ttl : 64;
	__u32 tc = is_ip ? (__u32)key->nw_tos >> 2 & 7 : 0;

	return (is_v6 ? 2U << 12 : 0) | tc << 9 | 1U << 8 | ttl;
}

void plain_packet_push_mpls(struct plain_packet *p, __be16 ethertype)
{
	struct plain_label l = {.ethertype = ethertype};

	if (p->n_labels == PLAIN_LABELS) {
		p->unknown = true;
		return;
	}
	l.lse = p->n_labels ? p->label[p->n_labels - 1].lse & ~(1U << 8) : first_lse(&p->spec.key);
	p->label[p->n_labels++] = l;
}

void plain_packet_pop_mpls(struct plain_packet *p, __be16 ethertype)
{
	if (!p->n_labels)
		return;
	if (p->n_wire == p->n_labels--) {
		p->n_wire--;
		p->bare = true;
		note_tags(p);
	}
	if (p->n_labels) {
		p->unknown |= !is_mpls(ethertype);
		p->label[p->n_labels - 1].ethertype = ethertype;
		return;
	}
	p->unknown |= ethertype != p->spec.key.dl_type;
	if (p->bare)
		p->came.pkt = p->spec.key;
}

bool plain_packet_dec_ttl(struct plain_packet *p)
{
	struct flow_key key;

	plain_packet_key(p, &key);
	if (!flow_is_ip(&key))
		return true;
	if (key.nw_ttl <= 1)
		return false;
	p->spec.key.nw_ttl--;
	return true;
}

bool plain_packet_dec_mpls_ttl(struct plain_packet *p)
{
	__u32 *lse = p->n_labels ? &p->label[p->n_labels - 1].lse : NULL;

	if (!lse)
		return true;
	if ((*lse & 0xff) <= 1)
		return false;
	--*lse;
	return true;
}
