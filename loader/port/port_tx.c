// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Replay: frames that came up to the daemon leave by a packet socket with
 * their offloads, so that a guest's 64 KB segment is neither cut nor summed by
 * the daemon. One socket for all ports; protocol 0, so it receives nothing.
 */
#include "port_tx.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "port_provider.h"
#include "tunnel.h"

/* Kernel headers before 6.2 do not have it; such kernels answer -EINVAL. */
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

/* Room for a burst of 64 KB segments on their way through a device's queue. */
#define SEND_BUFFER_BYTES (8 << 20)

#define IPV4_HEADER_BYTES 20
#define IPV4_FRAGMENT_BITS 0x3fff
#define IPV6_HEADER_BYTES 40
#define TCP_HEADER_BYTES 20
#define UDP_HEADER_BYTES 8
#define SCTP_HEADER_BYTES 12
#define TCP_CSUM_OFF 16
#define UDP_CSUM_OFF 6
#define SCTP_CSUM_OFF 8
#define TCP_FLAGS_OFF 13
#define TCP_FLAG_CWR 0x80

#define MAX_TUNNELS 2 /* one inside the other */

int port_tx_open(void)
{
	int size = SEND_BUFFER_BYTES;
	int one = 1;
	int fd;

	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one))) {
		int err = -errno;

		close(fd);
		return err;
	}
	/* A smaller buffer only means that a large burst is refused earlier. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return fd;
}

static __u16 get16(const __u8 *p)
{
	return (__u16)(p[0] << 8 | p[1]);
}

/* Sum of big-endian 16-bit words; 'len' is even. */
static __u32 sum_words(const __u8 *p, size_t len)
{
	__u32 sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += get16(p + i);
	return sum;
}

static __u16 fold(__u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)sum;
}

/* The headers lie within the frame, in order. */
static bool offsets_fit(const struct port_tx_frame *f)
{
	size_t l3_bytes = f->ipv6 ? IPV6_HEADER_BYTES : IPV4_HEADER_BYTES;
	size_t l4_bytes;

	switch (f->nw_proto) {
	case IPPROTO_TCP:
		l4_bytes = TCP_HEADER_BYTES;
		break;
	case IPPROTO_UDP:
		l4_bytes = UDP_HEADER_BYTES;
		break;
	case IPPROTO_SCTP:
		l4_bytes = SCTP_HEADER_BYTES;
		break;
	default:
		return false;
	}
	return f->l3_off >= ETH_HLEN && f->l4_off >= f->l3_off + l3_bytes &&
	       f->l4_off + l4_bytes <= f->len;
}

/* Bytes of the L4 header and what follows it, without Ethernet's padding. A
 * packet that is too large for its length field says 0 there. */
static size_t l4_len(const struct port_tx_frame *f)
{
	const __u8 *l3 = f->data + f->l3_off;
	size_t present = f->len - f->l4_off;
	size_t l3_bytes = f->l4_off - f->l3_off;
	size_t total;

	if (f->ipv6)
		total = get16(l3 + 4) ? get16(l3 + 4) + (size_t)IPV6_HEADER_BYTES : 0;
	else
		total = get16(l3 + 2);
	if (total <= l3_bytes || total - l3_bytes > present)
		return present;
	return total - l3_bytes;
}

static bool is_ipv6_fragment(const struct port_tx_frame *f)
{
	size_t off = f->l3_off + (size_t)IPV6_HEADER_BYTES;
	__u8 next = f->data[f->l3_off + 6];

	while (off + 2 <= f->l4_off && next != f->nw_proto) {
		if (next == IPPROTO_FRAGMENT)
			return true;
		next = f->data[off];
		off += 8 * ((size_t)f->data[off + 1] + 1);
	}
	return false;
}

static bool is_fragment(const struct port_tx_frame *f)
{
	if (f->ipv6)
		return is_ipv6_fragment(f);
	return get16(f->data + f->l3_off + 6) & IPV4_FRAGMENT_BITS;
}

/* What a sender that leaves the checksum to its device stores. */
static __u16 pseudo_sum(const struct port_tx_frame *f)
{
	const __u8 *l3 = f->data + f->l3_off;
	size_t len = l4_len(f);
	__u32 sum;

	sum = f->ipv6 ? sum_words(l3 + 8, 32) : sum_words(l3 + 12, 8);
	sum += (__u32)(len >> 16) + (__u32)(len & 0xffff) + f->nw_proto;
	return fold(sum);
}

static size_t csum_off(const struct port_tx_frame *f)
{
	return f->nw_proto == IPPROTO_TCP ? TCP_CSUM_OFF : UDP_CSUM_OFF;
}

/* A complete checksum that happens to look partial is summed again by the
 * kernel, to the same value: the mistake is harmless. */
bool port_tx_is_partial(const struct port_tx_frame *f)
{
	static const __u8 none[4];

	if (!offsets_fit(f) || is_fragment(f))
		return false;
	if (f->nw_proto == IPPROTO_SCTP)
		return !memcmp(f->data + f->l4_off + SCTP_CSUM_OFF, none, sizeof(none));
	return get16(f->data + f->l4_off + csum_off(f)) == pseudo_sum(f);
}

/* 'in': the packet in a guest's own tunnel whose checksum the guest's stack left
 * to a device, past the headers that its tunnel device put in front. */
static bool find_inner_partial(const struct port_tx_frame *f, struct port_tx_frame *in)
{
	*in = *f;
	if (!tunnel_find_ip(in))
		return false;
	for (int i = 0; i < MAX_TUNNELS && tunnel_enter(in); i++) {
		if (in->nw_proto != IPPROTO_SCTP && port_tx_is_partial(in))
			return true;
	}
	return false;
}

/*
 * A large segment that is to be cut inside the tunnel, not at the outer UDP
 * header. What tells them apart: the first datagram of one that is cut at the
 * outer header holds an inner packet whole. In doubt it counts as the former,
 * since a segment that is lost is sent again, one that is garbled may not be.
 */
static bool is_tunnel_segment(const struct port_tx_frame *f)
{
	struct port_tx_frame in = *f;

	if (!tunnel_is_udp(f))
		return false;
	if (!tunnel_find_ip(&in) || !tunnel_enter(&in))
		return true;
	return in.l4_off + l4_len(&in) > f->l4_off + (size_t)UDP_HEADER_BYTES + f->gso_size;
}

static __u32 crc32c(const __u8 *p, size_t len)
{
	__u32 crc = ~0U;

	for (size_t i = 0; i < len; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78U : 0);
	}
	return ~crc;
}

/* The virtio header has no word for SCTP's checksum: it is made here. */
static void complete_sctp(const struct port_tx_frame *f, struct port_tx_header *h)
{
	__u32 crc = crc32c(f->data + f->l4_off, l4_len(f));

	h->csum_off = f->l4_off + (size_t)SCTP_CSUM_OFF;
	h->csum_len = 4;
	for (int i = 0; i < 4; i++)
		h->csum[i] = (__u8)(crc >> (8 * i));
}

static void leave_partial(const struct port_tx_frame *f, struct port_tx_header *h)
{
	__u16 sum = pseudo_sum(f);

	h->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	h->vnet.csum_start = f->l4_off;
	h->vnet.csum_offset = (__u16)csum_off(f);
	h->csum_off = f->l4_off + csum_off(f);
	h->csum_len = 2;
	h->csum[0] = (__u8)(sum >> 8);
	h->csum[1] = (__u8)sum;
}

/*
 * The inner checksum is the device's; only one can be. An outer one that is
 * complete counts on that already (the kernel calls it local checksum offload):
 * an inner packet with its checksum sums up to the complement of what the field
 * holds now. So one that is not complete can be made from the headers alone.
 */
static int leave_inner_partial(const struct port_tx_frame *f, const struct port_tx_frame *in,
			       struct port_tx_header *h)
{
	size_t inner_sum_off = in->l4_off + csum_off(in);
	size_t outer_sum_off = f->l4_off + (size_t)UDP_CSUM_OFF;
	__u32 sum;

	h->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	h->vnet.csum_start = in->l4_off;
	h->vnet.csum_offset = (__u16)csum_off(in);
	if (f->nw_proto != IPPROTO_UDP || !(f->partial || port_tx_is_partial(f)))
		return 0;
	if (!offsets_fit(f) || outer_sum_off + 2 > in->l4_off || (in->l4_off - f->l4_off) % 2)
		return -EINVAL;
	sum = pseudo_sum(f) + sum_words(f->data + f->l4_off, UDP_CSUM_OFF) +
	      sum_words(f->data + outer_sum_off + 2, in->l4_off - outer_sum_off - 2) +
	      (__u16)~get16(f->data + inner_sum_off);
	sum = (__u16)~fold(sum);
	sum = sum ? sum : 0xffff;
	h->csum_off = outer_sum_off;
	h->csum_len = 2;
	h->csum[0] = (__u8)(sum >> 8);
	h->csum[1] = (__u8)sum;
	return 0;
}

static int describe_segments(const struct port_tx_frame *f, struct virtio_net_hdr *vnet)
{
	const __u8 *l4 = f->data + f->l4_off;
	size_t l4_bytes = UDP_HEADER_BYTES;

	if (f->nw_proto == IPPROTO_UDP) {
		vnet->gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
	} else if (f->nw_proto == IPPROTO_TCP) {
		vnet->gso_type = f->ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
		if (l4[TCP_FLAGS_OFF] & TCP_FLAG_CWR)
			vnet->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
		l4_bytes = (size_t)(l4[12] >> 4) * 4;
		if (l4_bytes < TCP_HEADER_BYTES || f->l4_off + l4_bytes > f->len)
			return -EINVAL;
	} else {
		return -EINVAL;
	}
	vnet->gso_size = f->gso_size;
	vnet->hdr_len = (__u16)(f->l4_off + l4_bytes);
	return 0;
}

int port_tx_describe(const struct port_tx_frame *f, struct port_tx_header *h)
{
	struct port_tx_frame in;

	memset(h, 0, sizeof(*h));
	if (f->len < ETH_HLEN)
		return -EINVAL;
	if (!f->gso_size && find_inner_partial(f, &in))
		return leave_inner_partial(f, &in, h);
	if (!f->gso_size && !f->partial && !port_tx_is_partial(f))
		return 0;
	if (!offsets_fit(f))
		return -EINVAL;
	if (f->nw_proto == IPPROTO_SCTP) {
		if (f->gso_size)
			return -EINVAL;
		complete_sctp(f, h);
		return 0;
	}
	if (f->gso_size && is_tunnel_segment(f))
		return -EOPNOTSUPP;
	leave_partial(f, h);
	return f->gso_size ? describe_segments(f, &h->vnet) : 0;
}

union mark_control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(__u32))];
};

/* What the egress program of a device that the host shares has to know. */
static void set_mark(const struct port *port, struct msghdr *msg, union mark_control *control)
{
	const __u32 mark = port->type == PORT_HOST ? XVS_MARK_STACK : XVS_MARK_SENT;
	struct cmsghdr *c;

	if (port->type != PORT_HOST && !(port->flags & XVS_PORT_F_SHARED))
		return;
	memset(control, 0, sizeof(*control));
	msg->msg_control = control->bytes;
	msg->msg_controllen = sizeof(control->bytes);
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SO_MARK;
	c->cmsg_len = CMSG_LEN(sizeof(mark));
	memcpy(CMSG_DATA(c), &mark, sizeof(mark));
}

static int send_frame(const struct port_table *t, const struct port *port,
		      const struct port_tx_frame *f)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = port->ifindex};
	struct port_tx_header h;
	size_t behind;
	int rc;

	if (!port->ifindex)
		return -ENETDOWN;
	rc = port_tx_describe(f, &h);
	if (rc)
		return rc;
	/* 802.3 frames carry a length there: the kernel then looks for itself. */
	if (get16(f->data + 12) >= ETH_P_802_3_MIN)
		memcpy(&to.sll_protocol, f->data + 12, sizeof(to.sll_protocol));
	behind = h.csum_len ? h.csum_off + h.csum_len : f->len;

	struct iovec iov[] = {
		{&h.vnet, sizeof(h.vnet)},
		{(void *)f->data, h.csum_len ? h.csum_off : f->len},
		{h.csum, h.csum_len},
		{(void *)(f->data + behind), f->len - behind},
	};
	struct msghdr msg = {
		.msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = iov,
		.msg_iovlen = h.csum_len ? 4 : 2,
	};
	union mark_control mark;

	set_mark(port, &msg, &mark);
	return sendmsg(t->tx_fd, &msg, MSG_DONTWAIT) < 0 ? -errno : 0;
}

int port_tx(struct port_table *t, struct port *port, const struct port_tx_frame *f)
{
	int rc = send_frame(t, port, f);

	/* ENOBUFS is the device's own answer, and it has counted the loss. */
	if (rc && rc != -ENOBUFS)
		port->priv->tx_unseen++;
	return rc;
}
