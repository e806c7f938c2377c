/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A conntrack without memory: what it finds is a function of the frame and the zone, so
 * that two ways of doing the same find the same.
 */
#ifndef TESTS_FAKE_CT_H
#define TESTS_FAKE_CT_H

#include "xvs/conntrack.h"

/* Fills the key's tracking. */
void fake_ct_find(const __u8 *frame, size_t len, __u16 zone, struct xvs_flow_key *key);
/* What an action asks for but for the next pass, as a number. */
__u64 fake_ct_digest(const struct xvs_ct_action *action);

#endif /* TESTS_FAKE_CT_H */
