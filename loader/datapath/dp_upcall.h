/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the providers share about upcall records.
 */
#ifndef DATAPATH_DP_UPCALL_H
#define DATAPATH_DP_UPCALL_H

#include "dp_private.h"

/* The record is whole and its fields are in bounds; notes its time. */
bool dp_upcall_check(struct dp *dp, const struct xvs_upcall *upcall, size_t size);

#endif /* DATAPATH_DP_UPCALL_H */
