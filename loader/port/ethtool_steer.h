/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rules of a NIC that put frames for an address into a queue ("n-tuple filters").
 *
 * 'fd' is any socket of the device's name space. Source: linux/ethtool.h,
 * ETHTOOL_SRXCLSRLINS.
 */
#ifndef PORT_ETHTOOL_STEER_H
#define PORT_ETHTOOL_STEER_H

/* Frames for 'mac' to 'queue': the rule's number, or -errno (-EOPNOTSUPP: the
 * device has no such rules). */
int ethtool_steer(int fd, const char *ifname, const unsigned char mac[6], unsigned int queue);
void ethtool_unsteer(int fd, const char *ifname, int rule);

#endif /* PORT_ETHTOOL_STEER_H */
