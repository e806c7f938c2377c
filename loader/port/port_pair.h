/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The veth pair of a port that makes its own devices (port_internal.c,
 * port_xsk.c): the far end is called as the port, the near end carries the
 * programs as any netdev port's device does. The pair comes with the port and goes
 * with it; the undo journal names it meanwhile.
 */
#ifndef PORT_PORT_PAIR_H
#define PORT_PORT_PAIR_H

#include "port_provider.h"

/* The largest of a veth: which MTU counts is decided at the far end. */
#define PAIR_MTU 65535

/* Makes the pair, of which 'veth' says MTUs and queues; its near end, up, becomes
 * the port's device. On error nothing is left behind. */
int port_pair_make(struct port_table *t, struct port *port, struct netlink_veth veth,
		   struct err *err);
/* A no-op if there is none. */
void port_pair_remove(struct port_table *t, struct port *port);
/* The refresh of such a port. A pair that was torn apart (our end renamed, or
 * moved) is of no use to anybody, so that it goes; one that was deleted leaves a
 * note in the journal, which goes too. False: there is no pair any more. */
bool port_pair_refresh(struct port_table *t, struct port *port);
/* The host's stack has no business at an end without addresses: without this it
 * would announce itself there. A kernel without IPv6 has no such file. */
void port_pair_keep_ipv6_off(const char *device);

#endif /* PORT_PORT_PAIR_H */
