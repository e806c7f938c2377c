/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ct() of Open vSwitch's datapath: "commit,zone=5,mark=0x1/0xff".
 */
#ifndef OVS_ODP_CT_H
#define OVS_ODP_CT_H

#include "odp_actions.h"
#include "track.h"

/* 'args' of 'len': the packet is tracked, and asked for what is to be committed. True:
 * there is something. */
bool odp_ct(const char *args, size_t len, struct odp_packet *p, struct track_asked *asked);
/* As ofproto/trace takes a packet's tracking: "ct_state(...),ct_zone(...)..., ". */
void odp_ct_format(const struct odp_packet *p, char *text, size_t size);

#endif /* OVS_ODP_CT_H */
