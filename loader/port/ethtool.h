/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Offload features of a device, by the kernel's own names of them
 * ("rx-vlan-hw-parse"), through SIOCETHTOOL. Every kernel that xvs runs on has
 * the feature calls for every device, so the older one-flag calls are not used.
 *
 * 'fd' is any socket; it decides the name space in which 'ifname' is looked up.
 */
#ifndef PORT_ETHTOOL_H
#define PORT_ETHTOOL_H

#include <stdbool.h>

#include "xvs/types.h"

#define ETHTOOL_GRO "rx-gro"
#define ETHTOOL_LRO "rx-lro"
#define ETHTOOL_RX_VLAN "rx-vlan-hw-parse"
#define ETHTOOL_RX_VLAN_STAG "rx-vlan-stag-hw-parse"
#define ETHTOOL_TX_VLAN "tx-vlan-hw-insert"
#define ETHTOOL_TX_VLAN_STAG "tx-vlan-stag-hw-insert"
#define ETHTOOL_TX_SG "tx-scatter-gather"
#define ETHTOOL_TX_TSO "tx-tcp-segmentation"

struct ethtool_features;

/* All features of one device at one moment. -ENODEV: no such device. */
int ethtool_features_read(int fd, const char *ifname, struct ethtool_features **out);
void ethtool_features_free(struct ethtool_features *f); /* NULL is a no-op */
/* False for a feature that this kernel does not know; 'f' may be NULL. */
bool ethtool_feature_on(const struct ethtool_features *f, const char *feature);
/* The device lets it be changed. */
bool ethtool_feature_changeable(const struct ethtool_features *f, const char *feature);

/* Reads, changes, reads again. -EOPNOTSUPP: the device keeps it as it was. */
int ethtool_feature_set(int fd, const char *ifname, const char *feature, bool on);

/* Turns off all that the device does to frames on their way out: the kernel fills in
 * checksums, cuts large segments and puts tags into frames before. */
int ethtool_tx_offloads_off(int fd, const char *ifname);
/* The sum of the driver's own counters whose name begins and ends so. -EOPNOTSUPP:
 * the device has none. */
int ethtool_stats_sum(int fd, const char *ifname, const char *begin, const char *end, __u64 *sum);

#endif /* PORT_ETHTOOL_H */
