// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A pipeline's text, and packets for it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "frame_of_key.h"
#include "pipeline_private.h"

int pipeline_create_empty(struct pipeline **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

int pipeline_create(__u64 seed, struct pipeline **out)
{
	struct pipeline *p;
	int rc = pipeline_create_empty(&p);

	if (rc)
		return rc;
	p->seed = seed;
	p->t.state = seed;
	rc = pipeline_fill(p);
	if (rc)
		pipeline_destroy(p);
	else
		*out = p;
	return rc;
}

void pipeline_destroy(struct pipeline *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n_lines; i++)
		free(p->line[i].text);
	free(p);
}

static int add_line(struct pipeline *p, unsigned int bridge, const char *text, bool group)
{
	struct pipeline_line *line = &p->line[p->n_lines];

	if (p->n_lines == PIPELINE_MAX_LINES)
		return -ENOSPC;
	*line = (struct pipeline_line){
		.text = strdup(text),
		.bridge = (__u8)bridge,
		.group = group,
	};
	if (!line->text)
		return -ENOMEM;
	p->n_lines++;
	return 0;
}

int pipeline_add(struct pipeline *p, unsigned int bridge, const char *flow)
{
	return add_line(p, bridge, flow, false);
}

int pipeline_add_group(struct pipeline *p, unsigned int bridge, const char *group)
{
	return add_line(p, bridge, group, true);
}

void pipeline_text(const struct pipeline *p, unsigned int bridge, struct strbuf *out)
{
	/* Rules refer to groups. */
	for (size_t i = 0; i < p->n_lines; i++) {
		const struct pipeline_line *line = &p->line[i];

		if (line->group && line->bridge == bridge && !line->off)
			strbuf_printf(out, "group add %s\n", line->text);
	}
	for (size_t i = 0; i < p->n_lines; i++) {
		const struct pipeline_line *line = &p->line[i];

		if (!line->group && line->bridge == bridge && !line->off)
			strbuf_printf(out, "flow add cookie=%#zx,%s\n", i + 1, line->text);
	}
}

/*
 * What Open vSwitch has ways of its own with: it writes no field of IP or ARP if
 * the protocol or the operation is 0, and NORMAL takes off what is in a tag of VLAN 0
 * and PCP 0 with it. Of a later fragment of IPv6 it says that the protocol is 44.
 */
static void avoid(struct flow_key *key)
{
	const __be16 tag = XVS_BE16(XVS_VLAN_VID_MASK | XVS_VLAN_PCP_MASK);
	const bool arp = key->dl_type == XVS_BE16(0x0806) || key->dl_type == XVS_BE16(0x8035);

	if (!key->nw_proto && (flow_is_ip(key) || arp))
		key->nw_proto = arp ? 1 : 47;
	if (!(key->vlan_tci & tag) || !(key->vlan_tci1 & tag))
		key->vlan_tci1 = 0;
	if (key->dl_type == XVS_BE16(0x86dd) && key->nw_frag & XVS_FRAG_LATER)
		key->nw_frag = XVS_FRAG_ANY;
}

static void make_frame(struct pipeline *p, struct flow_key *key, struct pipeline_packet *packet)
{
	struct random_table *t = &p->t;
	struct frame_choice choice = {
		.ext6 = gen_chance(t, 15),
		.inner_ipv6 = p->inner_ipv6,
		.no_udp_csum = gen_chance(t, 20),
	};

	avoid(key);
	packet->in_port = key->in_port;
	frame_of_key(key, &choice, &packet->frame);
}

void pipeline_packet(struct pipeline *p, struct pipeline_packet *packet)
{
	struct flow_key key;

	random_packet(&p->t, &key);
	make_frame(p, &key, packet);
}

void pipeline_neighbour(struct pipeline *p, const struct flow_key *key, const struct flow_key *mask,
			struct pipeline_packet *packet)
{
	struct flow_key other;

	random_packet(&p->t, &other);
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		other.w[i] = (key->w[i] & mask->w[i]) | (other.w[i] & ~mask->w[i]);
	random_canonical(&p->t, &other);
	make_frame(p, &other, packet);
}
