/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What this process may and this kernel can do.
 */
#ifndef DATAPATH_DP_PROBE_H
#define DATAPATH_DP_PROBE_H

#include "datapath.h"

#define DP_TCX_INGRESS 46 /* BPF_TCX_INGRESS; older headers lack it */
#define DP_TCX_EGRESS 47 /* BPF_TCX_EGRESS */

/* Capabilities and the kernel's release: 0, -EPERM or -EOPNOTSUPP with 'err'. */
int dp_probe_host(struct err *err);
/* All but 'tcx' and 'redirect_trace', which need loaded programs. */
int dp_probe_features(struct dp_features *features);
/* Links at TC, tried with a program of that type and no device. */
bool dp_probe_tcx(int tc_prog_fd);
/* "6.1.0-9-amd64" is at least 'major'.'minor'. */
bool dp_release_is(const char *release, unsigned int major, unsigned int minor);

#endif /* DATAPATH_DP_PROBE_H */
