/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * set() of Open vSwitch's datapath on a frame.
 */
#ifndef OVS_ODP_SET_H
#define OVS_ODP_SET_H

#include "frame_edit.h"

/* 'args' is what stands between its parentheses: "ipv4(src=10.0.0.1,ttl=63)".
 * 0; -EPROTO: a field that is not known, or that the frame does not have. */
int odp_set(const char *args, size_t len, struct frame_edit *frame);

#endif /* OVS_ODP_SET_H */
