/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The UDP ports of tunnels: behind them is a packet of its own, whose checksum
 * a guest may have left to its device.
 */
#ifndef XVS_TUNNEL_H
#define XVS_TUNNEL_H

#include "xvs/types.h"

#define XVS_TUNNEL_PORT_VXLAN 4789
#define XVS_TUNNEL_PORT_VXLAN_GPE 4790
#define XVS_TUNNEL_PORT_GENEVE 6081
#define XVS_TUNNEL_PORT_VXLAN_LINUX 8472 /* Linux's default, from before there was a standard */

static inline __attribute__((always_inline)) bool xvs_is_tunnel_port(__be16 port)
{
	return port == XVS_BE16(XVS_TUNNEL_PORT_VXLAN) ||
	       port == XVS_BE16(XVS_TUNNEL_PORT_VXLAN_GPE) ||
	       port == XVS_BE16(XVS_TUNNEL_PORT_GENEVE) ||
	       port == XVS_BE16(XVS_TUNNEL_PORT_VXLAN_LINUX);
}

#endif /* XVS_TUNNEL_H */
