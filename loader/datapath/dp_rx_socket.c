// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which socket of xvsd is on which queue of which port (xvs/xsk.h).
 */
#include "dp_private.h"

#include <errno.h>

#include "xvs/xsk.h"

int dp_rx_socket_set(struct dp *dp, __u16 port_no, __u32 queue, int fd)
{
	if (!port_no || port_no >= XVS_MAX_PORTS || queue >= XVS_XSK_QUEUES || fd < 0)
		return -EINVAL;
	return dp->ops->rx_socket_set(dp, xvs_xsk_key(port_no, queue), fd);
}

void dp_rx_sockets_clear(struct dp *dp, __u16 port_no)
{
	if (!port_no || port_no >= XVS_MAX_PORTS)
		return;
	/* Most are not there, or left when they were closed. */
	for (__u32 queue = 0; queue < XVS_XSK_QUEUES; queue++)
		dp->ops->rx_socket_set(dp, xvs_xsk_key(port_no, queue), -1);
}
