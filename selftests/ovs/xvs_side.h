/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * xvs in this process: rules from text into a flow table, packets through the
 * daemon's own translation.
 */
#ifndef OVS_XVS_SIDE_H
#define OVS_XVS_SIDE_H

#include "answer.h"
#include "sw.h"

struct xvs_side {
	struct sw *sw;
};

/* 0 or -errno, explained on stderr, here and below. */
int xvs_side_open(struct xvs_side *x);
void xvs_side_close(struct xvs_side *x);
/* One rule; 'match' is what the text should say. */
int xvs_side_add(struct xvs_side *x, const char *text, const struct match *match);
int xvs_side_answer(const struct xvs_side *x, const struct flow_key *key, struct answer *answer);

#endif /* OVS_XVS_SIDE_H */
