// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One unit that is compiled with the fast path's steps; see frame_path.h.
 */
#include "frame_path.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "forward_private.h"
#include "user_tables.h"

struct frame_path {
	struct xvs_user_tables tables;
	struct xvs_scratch scratch;
	struct xvs_microflow_elem microflow[XVS_MICROFLOW_ELEMS];
	const struct dp *dp;
	__u8 buffer[FRAME_HEADROOM + FRAME_LINEAR_MAX];
};

/* A frame under way; the context that the steps know comes first. */
struct frame {
	struct xvs_user_ctx ctx;
	struct thread *thread;
	struct guest_queue *from;
	const struct vring_packet *packet;
};

static struct frame *frame_of(struct xvs_user_ctx *ctx)
{
	return (struct frame *)ctx;
}

int frame_path_create(const struct dp *dp, __u32 lane, struct frame_path **out)
{
	const struct dp_shared *s = dp_shared(dp);
	struct frame_path *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->dp = dp;
	p->tables = user_tables_of(dp);
	p->tables.inflight = s->inflight;
	p->tables.microflow = p->microflow;
	p->tables.scratch = &p->scratch;
	p->tables.lane = s->config->cpu_lanes + lane;
	*out = p;
	return 0;
}

void frame_path_destroy(struct frame_path *p)
{
	free(p);
}

void frame_path_tick(struct frame_path *p)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	p->tables.ns = (__u64)now.tv_sec * 1000000000 + (__u64)now.tv_nsec;
	p->tables.jiffies = dp_jiffies(p->dp, p->tables.ns / 1000000);
}

/* Bytes [off, off + len) of the packet. They are there: the caller has compared. */
static void packet_copy(const struct vring_packet *packet, __u32 off, __u8 *to, __u32 len)
{
	for (int i = 0; len; i++) {
		const struct iovec *piece = &packet->iov[i];
		size_t n;

		if (off >= piece->iov_len) {
			off -= (__u32)piece->iov_len;
			continue;
		}
		n = piece->iov_len - off;
		if (n > len)
			n = len;
		memcpy(to, (const __u8 *)piece->iov_base + off, n);
		to += n;
		len -= (__u32)n;
		off = 0;
	}
}

/* What the packet has behind its first 'off' bytes. */
static int packet_rest(const struct vring_packet *packet, __u32 off, struct iovec *out)
{
	int n = 0;

	for (int i = 0; i < packet->n_iov; i++) {
		struct iovec piece = packet->iov[i];

		if (off >= piece.iov_len) {
			off -= (__u32)piece.iov_len;
			continue;
		}
		piece.iov_base = (__u8 *)piece.iov_base + off;
		piece.iov_len -= off;
		off = 0;
		out[n++] = piece;
	}
	return n;
}

/* More of the headers: all that may be linear. */
static int frame_pull(struct xvs_user_ctx *ctx)
{
	struct frame *f = frame_of(ctx);
	__u32 have = (__u32)(ctx->data_end - ctx->data);
	__u32 want = f->packet->len < FRAME_LINEAR_MAX ? f->packet->len : FRAME_LINEAR_MAX;

	if (want <= have)
		return -1;
	packet_copy(f->packet, have, ctx->data_end, want - have);
	ctx->data_end += want - have;
	ctx->rest -= want - have;
	return 0;
}

static bool has(__u64 features, int bit)
{
	return features & 1ULL << bit;
}

static __u64 features_of(const struct forward_guest *g)
{
	return __atomic_load_n(&g->features, __ATOMIC_RELAXED);
}

/* Whether a sender may make large segments of a packet: then all of its kind take the
 * way that those can take, or small ones would overtake large ones [FWD4]. */
static bool may_be_large(__u64 sender, const struct xvs_pkt *pkt)
{
	if (pkt->key.nw_proto != PARSE_PROTO_TCP)
		return false;
	return has(sender, pkt->key.dl_type == XVS_BE16(PARSE_TYPE_IPV4) ? VIRTIO_NET_F_HOST_TSO4
									 : VIRTIO_NET_F_HOST_TSO6);
}

/* Can the guest take what the sender may send? The kernel sees to what it cannot. */
static bool guest_takes(const struct forward_guest *g, __u64 sender, const struct xvs_pkt *pkt)
{
	__u64 features = features_of(g);
	bool ipv4 = pkt->key.dl_type == XVS_BE16(PARSE_TYPE_IPV4);

	if (has(sender, VIRTIO_NET_F_CSUM) && !has(features, VIRTIO_NET_F_GUEST_CSUM))
		return false;
	if (!may_be_large(sender, pkt))
		return true;
	if (has(sender, VIRTIO_NET_F_HOST_ECN) && !has(features, VIRTIO_NET_F_GUEST_ECN))
		return false;
	return has(features, ipv4 ? VIRTIO_NET_F_GUEST_TSO4 : VIRTIO_NET_F_GUEST_TSO6);
}

/* Has the sender agreed to what its header asks for? What becomes of the frame is
 * chosen by what was agreed on: the receiver has to be spared the rest. */
static bool claims_agreed(__u64 sender, const struct virtio_net_hdr *hdr)
{
	__u8 gso = hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN;
	__u64 need = 0;

	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		need |= 1ULL << VIRTIO_NET_F_CSUM;
	if (gso)
		need |= gso == VIRTIO_NET_HDR_GSO_TCPV4 ? 1ULL << VIRTIO_NET_F_HOST_TSO4
							: 1ULL << VIRTIO_NET_F_HOST_TSO6;
	if (hdr->gso_type & VIRTIO_NET_HDR_GSO_ECN)
		need |= 1ULL << VIRTIO_NET_F_HOST_ECN;
	return !(need & ~sender);
}

/* The offloads are what the guest claims. Only what agrees with the headers is
 * passed on; the kernel judges the rest. */
static bool claims_hold(const struct xvs_pkt *pkt, __u64 sender, const struct virtio_net_hdr *hdr)
{
	__u8 gso = hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN;
	bool tcp = pkt->key.nw_proto == PARSE_PROTO_TCP;
	__u32 at = hdr->csum_start;

	if (!hdr->flags && !hdr->gso_type)
		return true;
	if (hdr->flags & ~(VIRTIO_NET_HDR_F_NEEDS_CSUM | VIRTIO_NET_HDR_F_DATA_VALID) ||
	    !claims_agreed(sender, hdr))
		return false;
	if (gso && (!(hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) || !tcp || !hdr->gso_size))
		return false;
	if (gso && gso != VIRTIO_NET_HDR_GSO_TCPV4 && gso != VIRTIO_NET_HDR_GSO_TCPV6)
		return false;
	if (gso && (gso == VIRTIO_NET_HDR_GSO_TCPV4) != (pkt->key.dl_type == XVS_BE16(0x0800)))
		return false;
	if (!(hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return true;
	return at == pkt->l4_off && hdr->csum_offset == (tcp ? 16 : 6) &&
	       (tcp || pkt->key.nw_proto == PARSE_PROTO_UDP) &&
	       at + hdr->csum_offset + 2 <= pkt->buf_len;
}

static bool frame_takes_output(struct xvs_user_ctx *ctx, __u32 port_no,
			       const struct xvs_port_entry *out)
{
	struct frame *f = frame_of(ctx);
	const struct xvs_pkt *pkt = pkt_current(&f->thread->path->scratch);
	struct forward *forward = f->thread->forward;
	const struct forward_guest *g = forward_guest_of(forward, port_no);
	const __u64 sender = features_of(f->from->guest);
	struct forward_device *d;

	if (!claims_hold(pkt, sender, &f->packet->hdr))
		return false;
	if (g)
		return guest_takes(g, sender, pkt);
	d = forward_device_of(forward, port_no);
	return d && !may_be_large(sender, pkt) && device_sends(f->thread, d, pkt->buf_len);
}

/* The header that goes with the frame: what was pushed or popped in front has moved
 * everything behind. */
static struct virtio_net_hdr header_now(const struct frame *f, const __u8 *data, const __u8 *base)
{
	struct virtio_net_hdr hdr = f->packet->hdr;

	/* That a checksum is right is not the sender's to say. */
	hdr.flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;
	if (hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		hdr.csum_start = (__u16)(hdr.csum_start + (base - data));
	else
		hdr.csum_start = hdr.csum_offset = 0;
	if (hdr.gso_type)
		hdr.hdr_len = (__u16)(hdr.hdr_len + (base - data));
	else
		hdr.hdr_len = hdr.gso_size = 0;
	return hdr;
}

/* By which queue of the device: the guest's, or that with the number of its own. */
static unsigned int tx_queue(const struct guest_queue *from, const struct forward_device *d)
{
	const struct forward_guest *g = from->guest;

	return __atomic_load_n(&g->tx_device, __ATOMIC_ACQUIRE) == d ? g->tx_queue : from->index;
}

static int frame_output(struct xvs_user_ctx *ctx, __u32 port_no)
{
	struct frame *f = frame_of(ctx);
	const __u8 *base = f->thread->path->buffer + FRAME_HEADROOM;
	struct virtio_net_hdr hdr = header_now(f, ctx->data, base);
	struct iovec iov[VRING_MAX_PIECES + 1];
	struct forward_guest *g = forward_guest_of(f->thread->forward, port_no);
	struct forward_device *d;
	__u32 len = (__u32)(ctx->data_end - ctx->data);
	int n = 1;

	iov[0].iov_base = ctx->data;
	iov[0].iov_len = len;
	if (ctx->rest)
		n += packet_rest(f->packet, (__u32)(ctx->data_end - base), &iov[1]);
	len += ctx->rest;
	if (g)
		return guest_send(f->thread, g, f->from->index, &hdr, iov, n, len);
	d = forward_device_of(f->thread->forward, port_no);
	return d ? device_send(f->thread, d, tx_queue(f->from, d), &hdr, iov, n, len) : -ENODEV;
}

enum frame_fate frame_forward(struct thread *t, struct guest_queue *from,
			      const struct vring_packet *packet)
{
	struct frame_path *p = t->path;
	__u32 linear = packet->len < FRAME_LINEAR ? packet->len : FRAME_LINEAR;
	__u8 *data = p->buffer + FRAME_HEADROOM;
	struct frame f = {
		.ctx = {.tables = &p->tables,
			.head = p->buffer,
			.data = data,
			.data_end = data + linear,
			.rest = packet->len - linear,
			.port_no = from->guest->port_no,
			.partial = packet->hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM,
			.hands_up = true,
			.pull = frame_pull,
			.takes_output = frame_takes_output,
			.output = frame_output},
		.thread = t,
		.from = from,
		.packet = packet,
	};

	/* Not memcpy(), which compilers make a string instruction of here: to start one
	 * takes longer than the copy. */
	if (packet->iov->iov_len >= linear)
		memmove(data, packet->iov->iov_base, linear);
	else
		packet_copy(packet, 0, data, linear);
	return xvs_user_rx(&f.ctx) == XVS_USER_HANDED_UP ? FRAME_HANDED_UP : FRAME_DONE;
}

static void count_drop(struct frame_path *p, __u32 port_no, enum xvs_drop_reason reason)
{
	p->tables.drops[(p->tables.lane * XVS_MAX_PORTS + port_no) * XVS_DROP_N + reason]++;
}

void frame_count_egress_failed(struct frame_path *p, __u32 port_no)
{
	count_drop(p, port_no, XVS_DROP_EGRESS_FAILED);
}

void frame_count_lost(struct frame_path *p, __u32 port_no, __u32 len)
{
	struct xvs_port_stats *stats =
		&p->tables.port_stats[p->tables.lane * XVS_MAX_PORTS + port_no];

	stats->rx_packets++;
	stats->rx_bytes += len;
	count_drop(p, port_no, XVS_DROP_HAND_UP_FAILED);
}
