/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A packet's key in the syntax of Open vSwitch's datapaths, "in_port(1),eth(...),
 * eth_type(0x0800),ipv4(...)": the only one of its syntaxes that can say two
 * VLAN tags, and the one that its dummy ports make frames of.
 */
#ifndef OVS_ODP_TEXT_H
#define OVS_ODP_TEXT_H

#include "flow.h"
#include "strbuf.h"

void odp_text(struct strbuf *out, const struct flow_key *key, unsigned int in_port);
/* Open vSwitch can make a frame of it that has this key. */
bool odp_makes_frame(const struct flow_key *key);

#endif /* OVS_ODP_TEXT_H */
