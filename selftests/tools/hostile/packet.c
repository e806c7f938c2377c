// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a hostile guest sends: frames of all lengths with headers of virtio-net that
 * say true or false things of them.
 */
#include "hostile.h"

#include <linux/virtio_net.h>
#include <string.h>

enum { ETH_LEN = 14, LONGEST = 70000 };

static uint32_t frame_length(struct life *l)
{
	switch (below(l, 8)) {
	case 0:
		return ETH_LEN + below(l, 60);
	case 1:
		return 1500 + below(l, 100);
	case 2:
		return 1514 + below(l, 9000);
	case 3:
		return below(l, 65550);
	case 4:
		/* Too short, or too long: that ends it. */
		return oops(l) ? (below(l, 2) ? below(l, ETH_LEN) : below(l, LONGEST + 1)) : 60;
	default:
		return 60 + below(l, 1454);
	}
}

/* True enough for a segment of TCP in IPv4, whose headers have 54 bytes. */
static void say_segment(struct life *l, struct virtio_net_hdr *h)
{
	h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	h->gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	h->hdr_len = 54;
	h->gso_size = (uint16_t)(1 + below(l, 1460));
	h->csum_start = 34;
	h->csum_offset = 16;
}

static void make_header(struct life *l, struct virtio_net_hdr_mrg_rxbuf *out)
{
	struct virtio_net_hdr *h = &out->hdr;

	memset(out, 0, sizeof(*out));
	switch (below(l, 6)) {
	case 0:
		say_segment(l, h);
		break;
	case 1:
		h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		h->csum_start = (uint16_t)below(l, 100);
		h->csum_offset = (uint16_t)below(l, 30);
		break;
	case 2:
		say_segment(l, h);
		h->gso_type = (uint8_t)draw(l);
		h->csum_start = (uint16_t)odd_number(l);
		h->gso_size = (uint16_t)odd_number(l);
		break;
	case 3:
		for (size_t i = 0; i < sizeof(*out); i++)
			((uint8_t *)out)[i] = (uint8_t)draw(l);
		break;
	default:
		break;
	}
}

/* Addresses of a few guests and of nobody; IPv4 with TCP or UDP, tags, or noise. */
static void make_frame(struct life *l, uint8_t *f, uint32_t len)
{
	static const uint16_t types[] = {0x0800, 0x0800, 0x0800, 0x86dd, 0x0806,
					 0x8100, 0x88a8, 0x8847, 0x88cc, 0x0000};
	uint16_t type = types[below(l, sizeof(types) / sizeof(types[0]))];
	uint8_t head[64];
	uint32_t n = len < sizeof(head) ? len : sizeof(head);

	for (size_t i = 0; i < sizeof(head); i++)
		head[i] = (uint8_t)draw(l);
	for (size_t i = 0; i < 12; i++)
		head[i] = i % 6 ? 0 : 2;
	head[5] = (uint8_t)below(l, 16);
	head[11] = (uint8_t)(below(l, 64) ? 0x66 : draw(l));
	if (!below(l, 4))
		memset(head, 0xff, 6);
	head[12] = (uint8_t)(type >> 8);
	head[13] = (uint8_t)type;
	if (type == 0x0800 && below(l, 8)) {
		head[14] = 0x45;
		head[16] = (uint8_t)((len - ETH_LEN) >> 8);
		head[17] = (uint8_t)(len - ETH_LEN);
		head[20] = (uint8_t)(below(l, 4) ? 0x40 : draw(l));
		head[21] = 0;
		head[23] = below(l, 2) ? 6 : 17;
		head[46] = (uint8_t)(below(l, 2) ? 0x50 : draw(l));
	}
	memcpy(f, head, n);
	/* The rest is what was there. */
}

uint32_t packet_make(struct life *l, uint8_t *at, uint32_t room)
{
	struct virtio_net_hdr_mrg_rxbuf h;
	uint32_t len = frame_length(l);

	if (len + l->hdr_len > room)
		len = room - l->hdr_len;
	make_header(l, &h);
	memcpy(at, &h, l->hdr_len);
	make_frame(l, at + l->hdr_len, len);
	return l->hdr_len + len;
}
