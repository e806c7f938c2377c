/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The TC hook before there were links (Linux 6.6): a clsact qdisc and a filter.
 */
#ifndef DATAPATH_DP_CLSACT_H
#define DATAPATH_DP_CLSACT_H

#include <stdbool.h>

/* Makes the qdisc; '*own': it was not there before. */
int dp_clsact_create(int ifindex, bool *own);
/* Adds our filter at its ingress or egress. */
int dp_clsact_add(int ifindex, bool egress, int prog_fd);
/* Removes the filter if it is 'prog_fd''s, then our qdisc if nobody else uses it. */
void dp_clsact_remove(int ifindex, bool egress, int prog_fd, bool own_qdisc);

#endif /* DATAPATH_DP_CLSACT_H */
