/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A walk through the headers of a guest's own tunnels: VXLAN, VXLAN-GPE, Geneve,
 * GRE, IP in IP. Pure.
 */
#ifndef PORT_TUNNEL_H
#define PORT_TUNNEL_H

#include "port.h"

/* Both make 'in' describe another packet of its frame: l3_off, l4_off, ipv6 and
 * nw_proto, all headers but the L4 one within the frame. False: there is none
 * that is understood, and 'in' is of no use any more. */

/* The packet at in->l3_off; no fragment. */
bool tunnel_find_ip(struct port_tx_frame *in);
/* From a packet, as tunnel_find_ip left it, to the one that it carries. */
bool tunnel_enter(struct port_tx_frame *in);

/* A UDP packet to a tunnel's port. */
bool tunnel_is_udp(const struct port_tx_frame *f);

#endif /* PORT_TUNNEL_H */
