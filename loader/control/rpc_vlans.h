/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sets of VLANs as text: "10,20-29".
 */
#ifndef CONTROL_RPC_VLANS_H
#define CONTROL_RPC_VLANS_H

#include <stdbool.h>

#include "strbuf.h"
#include "xvs/types.h"

#define RPC_VLAN_MAX 4094

/* Adds the VLANs of the text, 0 to RPC_VLAN_MAX, to the set; false: it is none. */
bool rpc_vlans_parse(const char *text, __u64 vlans[4096 / 64]);
void rpc_vlans_format(struct strbuf *out, const __u64 vlans[4096 / 64]);

#endif /* CONTROL_RPC_VLANS_H */
