/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How a frame is described to a packet socket: its virtio header, and the
 * checksum bytes that go out in place of the frame's own. Pure; port_tx.c sends.
 */
#ifndef PORT_PORT_TX_H
#define PORT_PORT_TX_H

#include <linux/virtio_net.h>

#include "port.h"

struct port_tx_header {
	struct virtio_net_hdr vnet;
	size_t csum_off; /* in the frame, of the bytes to replace */
	size_t csum_len; /* 0: the frame goes out as it is */
	__u8 csum[4];
};

/* 0; -EINVAL: offsets outside the frame, or a large segment that is neither
 * TCP nor UDP; -EOPNOTSUPP: a large segment inside a tunnel, which the virtio
 * header of the oldest kernel that we run on has no word for. */
int port_tx_describe(const struct port_tx_frame *frame, struct port_tx_header *h);

#endif /* PORT_PORT_TX_H */
