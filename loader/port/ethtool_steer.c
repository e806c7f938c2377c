// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "ethtool_steer.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "log.h"

static int request(int fd, const char *ifname, struct ethtool_rxnfc *nfc)
{
	struct ifreq ifr = {0};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	ifr.ifr_data = (char *)nfc;
	return ioctl(fd, SIOCETHTOOL, &ifr) ? -errno : 0;
}

/* A free number, for drivers that do not choose one themselves: behind those that
 * are in use, as the device says how many there can be. */
static int free_location(int fd, const char *ifname, __u32 *location)
{
	struct ethtool_rxnfc nfc = {.cmd = ETHTOOL_GRXCLSRLCNT};
	int rc = request(fd, ifname, &nfc);

	if (rc)
		return rc;
	*location = nfc.data & RX_CLS_LOC_SPECIAL ? RX_CLS_LOC_ANY : nfc.rule_cnt;
	return 0;
}

int ethtool_steer(int fd, const char *ifname, const unsigned char mac[6], unsigned int queue)
{
	struct ethtool_rxnfc nfc = {.cmd = ETHTOOL_SRXCLSRLINS};
	__u32 location;
	int rc = free_location(fd, ifname, &location);

	if (rc)
		return rc;
	nfc.fs.flow_type = ETHER_FLOW;
	nfc.fs.ring_cookie = queue;
	nfc.fs.location = location;
	memcpy(nfc.fs.h_u.ether_spec.h_dest, mac, 6);
	memset(nfc.fs.m_u.ether_spec.h_dest, 0xff, 6);
	rc = request(fd, ifname, &nfc);
	return rc ? rc : (int)nfc.fs.location;
}

void ethtool_unsteer(int fd, const char *ifname, int rule)
{
	struct ethtool_rxnfc nfc = {.cmd = ETHTOOL_SRXCLSRLDEL, .fs.location = (__u32)rule};
	int rc = request(fd, ifname, &nfc);

	if (rc)
		log_warn("port", "%s: its rule %d for a queue stays: %s", ifname, rule,
			 strerror(-rc));
}
