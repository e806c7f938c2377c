// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * AF_XDP ports: a veth pair around port_netdev.c whose far end belongs to the
 * sockets of another program.
 *
 *   consumer --- AF_XDP sockets --- far end "vm3" === near end "xvs12" --- switch
 *     its UMEM       by queue        xsk.bpf.c           XDP or TC, as any device
 *
 * The far end has no address and is no bridge's; its program gives every frame to a
 * socket and none to the host's stack. It is up while a program holds the sockets,
 * so that the port has carrier exactly then.
 *
 * [XSK1] The consumer sees whole frames: the near end has no offloads, so that the
 *        kernel has filled in checksums, cut segments and put tags in place before.
 * [XSK2] What the far end loses (no socket, one that is not bound, no room in its
 *        ring or UMEM) is in the drop ledger, as `egress-failed` of the port.
 * [XSK3] Sockets serve one consumer: a bound one cannot be bound again, so that each
 *        connection gets new ones.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "ethtool.h"
#include "log.h"
#include "port_pair.h"
#include "xsk_handout.h"
#include "xsk_sockets.h"
#include "xvs/xsk_handout.h"

/* Connections that are looked at before other events are. */
#define ACCEPTS 8

/* Sockets are made for so many connections at once, and then for one in this time:
 * making and taking back costs the datapath thread milliseconds, which a consumer
 * that comes and goes must not take from new flows. */
#define HANDOUT_BURST 16
#define HANDOUT_MS 250

struct port_xsk {
	struct port_table *table;
	struct port *port;
	__u32 n_queues;
	int far_ifindex;
	__u64 handout_ms; /* clock_ms() of when all of HANDOUT_BURST may be had again */
	__u64 lost; /* of the far end's counters, in the ledger already */
	struct xsk_owner owner;
	struct xsk_handout handout;
	struct event_source *waiting, *holding; /* of its listen_fd and conn_fd */
	struct xsk_sockets sockets; /* those of the connection */
	char pin[PATH_MAX];
};

static int check(const struct port_config *cfg, struct xsk_owner *owner, struct err *err)
{
	int rc = xsk_owner_parse(cfg->owner, owner);

	if (cfg->queues > XVS_MAX_XSK_QUEUES)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name,
			       "port %s: queues=%u: must be 1 to %d", cfg->name, cfg->queues,
			       XVS_MAX_XSK_QUEUES);
	if (!rc)
		return 0;
	err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name, "port %s: owner=%s: %s", cfg->name,
		cfg->owner, rc == -ENOENT ? "there is no such user or group" : "is not a user");
	err_hint(err, "for example owner=libvirt-qemu or owner=root:kvm; numbers are taken too");
	return -EINVAL;
}

static int xsk_init(struct port_table *t, struct port *port, const struct port_config *cfg,
		    struct err *err)
{
	struct port_xsk *x = calloc(1, sizeof(*x));
	int rc;

	if (!x)
		return err_set(err, -ENOMEM, XVS_RPC_FAILED, port->name, "port %s: out of memory",
			       port->name);
	rc = check(cfg, &x->owner, err);
	if (rc) {
		free(x);
		return rc;
	}
	x->table = t;
	x->port = port;
	x->handout.listen_fd = x->handout.conn_fd = -1;
	x->n_queues = cfg->queues ? cfg->queues : 1;
	port->priv->xsk = x;
	return 0;
}

/* False: it was moved away or deleted. */
static bool far_name(const struct port_xsk *x, char name[IFNAMSIZ])
{
	return if_indextoname((unsigned int)x->far_ifindex, name);
}

static __u64 far_lost(const struct port_table *t, const struct port_xsk *x)
{
	char name[IFNAMSIZ];
	__u64 sum = 0;

	/* "drops": a redirect that failed; "xdp_drops": there was no socket. */
	if (!far_name(x, name) ||
	    ethtool_stats_sum(t->env.ethtool_fd, name, "rx_queue_", "drops", &sum))
		return x->lost;
	return sum;
}

static __u64 xsk_lost_behind(struct port_table *t, struct port *port)
{
	struct port_xsk *x = port->priv->xsk;
	__u64 now, n;

	if (!x)
		return 0;
	now = far_lost(t, x);
	n = now > x->lost ? now - x->lost : 0;
	x->lost = now;
	return n;
}

static int set_far_up(struct port_table *t, const struct port_xsk *x, bool up)
{
	return netlink_set_flags(t->env.nl, x->far_ifindex, up ? IFF_UP : 0, IFF_UP);
}

static void note_carrier(struct port *port)
{
	const struct port_xsk *x = port->priv->xsk;

	if (x->handout.conn_fd < 0)
		port->priv->no_carrier = "no program holds its sockets";
	else
		port->priv->no_carrier = "its far end was set down";
	port->priv->dirty = true;
}

/* --- the consumer --- */

static void take_back(struct port_table *t, struct port *port)
{
	struct port_xsk *x = port->priv->xsk;

	for (__u32 i = 0; i < x->sockets.n; i++)
		dp_xsk_set(t->dp, port->port_no, i, -1);
	xsk_sockets_close(&x->sockets);
	set_far_up(t, x, false);
}

static void end_consumer(struct port_table *t, struct port *port)
{
	struct port_xsk *x = port->priv->xsk;

	if (x->handout.conn_fd < 0)
		return;
	take_back(t, port);
	event_source_remove(x->holding);
	x->holding = NULL;
	close(x->handout.conn_fd);
	x->handout.conn_fd = -1;
	log_info("port", "port %s: process %d gave its sockets back", port->name,
		 (int)x->handout.pid);
	note_carrier(port);
}

/* New sockets, in the map, on a device that they can be bound to. */
static int make_sockets(struct port_table *t, struct port *port)
{
	struct port_xsk *x = port->priv->xsk;
	int rc = xsk_sockets_open(&x->sockets, x->n_queues);

	for (__u32 i = 0; !rc && i < x->n_queues; i++)
		rc = dp_xsk_set(t->dp, port->port_no, i, x->sockets.fd[i]);
	if (!rc)
		rc = set_far_up(t, x, true);
	if (rc)
		take_back(t, port);
	return rc;
}

/* A port's name is of characters that JSON takes as they are; its device may have
 * been given another one. */
static int describe(const struct port *port, char message[XVS_XSK_MESSAGE_BYTES])
{
	const struct port_xsk *x = port->priv->xsk;
	char device[IFNAMSIZ];
	int n;

	if (!far_name(x, device) || strpbrk(device, "\"\\"))
		return -ENODEV;
	n = snprintf(message, XVS_XSK_MESSAGE_BYTES,
		     "{\"port\": \"%s\", \"device\": \"%s\", \"ifindex\": %d, \"queues\": %u, "
		     "\"queue_ids\": [",
		     port->name, device, x->far_ifindex, x->n_queues);
	for (__u32 i = 0; i < x->n_queues; i++)
		n += snprintf(message + n, XVS_XSK_MESSAGE_BYTES - (size_t)n, "%s%u", i ? ", " : "",
			      i);
	snprintf(message + n, XVS_XSK_MESSAGE_BYTES - (size_t)n, "]}");
	return 0;
}

static void refuse(const struct port *port, int fd, const char *why)
{
	char message[XVS_XSK_MESSAGE_BYTES];

	snprintf(message, sizeof(message), "{\"error\": \"port %s: %s\"}", port->name, why);
	xsk_handout_send(fd, message, NULL);
	close(fd);
}

/* False: they came and went too often of late. */
static bool may_give_out(struct port_xsk *x)
{
	__u64 now = clock_ms();

	if (x->handout_ms < now)
		x->handout_ms = now;
	if (x->handout_ms - now > (HANDOUT_BURST - 1) * HANDOUT_MS)
		return false;
	x->handout_ms += HANDOUT_MS;
	return true;
}

static void on_event(void *aux, int fd, uint32_t events);

static void give_out(struct port_table *t, struct port *port, int fd, pid_t pid)
{
	struct port_xsk *x = port->priv->xsk;
	char message[XVS_XSK_MESSAGE_BYTES];
	char why[80];
	int rc;

	if (x->handout.conn_fd >= 0) {
		snprintf(why, sizeof(why), "process %d holds its sockets", (int)x->handout.pid);
		refuse(port, fd, why);
		return;
	}
	if (!may_give_out(x)) {
		refuse(port, fd, "its sockets came and went too often: try again in a second");
		return;
	}
	rc = describe(port, message);
	if (!rc)
		rc = make_sockets(t, port);
	if (rc) {
		snprintf(why, sizeof(why), "its sockets cannot be made: %s", strerror(-rc));
		refuse(port, fd, why);
		return;
	}
	rc = xsk_handout_send(fd, message, &x->sockets);
	if (!rc)
		rc = event_add_fd(t->loop, fd, EPOLLRDHUP, on_event, x, &x->holding);
	if (rc) {
		take_back(t, port);
		close(fd);
		return;
	}
	x->handout.conn_fd = fd;
	x->handout.pid = pid;
	log_info("port", "port %s: process %d has its %u sockets", port->name, (int)pid,
		 x->n_queues);
	note_carrier(port);
}

/* First the end, then the next: a consumer that was killed is replaced at once. */
static void serve(struct port_table *t, struct port *port)
{
	struct port_xsk *x = port->priv->xsk;
	pid_t pid;
	int fd;

	if (x->handout.conn_fd >= 0 && xsk_handout_ended(&x->handout))
		end_consumer(t, port);
	for (int i = 0; i < ACCEPTS; i++) {
		fd = xsk_handout_accept(&x->handout, &pid);
		if (fd < 0)
			return;
		give_out(t, port, fd, pid);
	}
}

static void on_event(void *aux, int fd, uint32_t events)
{
	struct port_xsk *x = aux;

	serve(x->table, x->port);
	port_table_run(x->table);
}

/* --- life --- */

/* [XSK1]; and what is at the far end is nobody's but the sockets'. */
static int prepare(struct port_table *t, struct port *port, struct port_xsk *x)
{
	struct link_info near;
	int rc = netlink_get_link(t->env.nl, port->priv->pair_ifindex, NULL, &near);

	if (rc)
		return rc;
	x->far_ifindex = near.link;
	port_pair_keep_ipv6_off(port->name);
	return ethtool_tx_offloads_off(t->env.ethtool_fd, port->device);
}

static int attach_far(struct port_table *t, struct port *port, struct port_xsk *x, struct err *err)
{
	struct dp_xsk_far far = {.port_no = port->port_no, .n_queues = x->n_queues};
	struct err sub;
	int rc = prepare(t, port, x);

	if (rc)
		return err_set(err, rc, XVS_RPC_FAILED, port->name,
			       "port %s: its veth pair cannot be prepared: %s", port->name,
			       strerror(-rc));
	far.ifindex = x->far_ifindex;
	err_init(&sub);
	rc = dp_xsk_attach(t->dp, &far, &sub);
	if (rc)
		err_set(err, rc, sub.code, port->name, "port %s: %s", port->name, sub.message);
	err_fini(&sub);
	dp_xsk_pin_path(t->dp, port->port_no, x->pin, sizeof(x->pin));
	return rc;
}

static int open_handout(struct port_table *t, struct port *port, struct port_xsk *x,
			struct err *err)
{
	int rc = xsk_handout_open(&x->handout, t->rundir, port->name, &x->owner);

	if (!rc)
		rc = event_add_fd(t->loop, x->handout.listen_fd, EPOLLIN, on_event, x, &x->waiting);
	if (rc)
		err_set(err, rc, XVS_RPC_FAILED, port->name,
			"port %s: its socket %s/" XVS_XSK_DIR "/%s" XVS_XSK_SUFFIX
			" cannot be opened: %s",
			port->name, t->rundir, port->name, strerror(-rc));
	return rc;
}

/* All but the near end's programs. 'x' is set up as far as this came. */
static void take_down(struct port_table *t, struct port *port)
{
	struct port_xsk *x = port->priv->xsk;

	end_consumer(t, port);
	event_source_remove(x->waiting);
	xsk_handout_close(&x->handout);
	dp_xsk_detach(t->dp, port->port_no);
	port_pair_remove(t, port);
	port->priv->xsk = NULL;
	free(x);
}

static int xsk_attach(struct port_table *t, struct port *port, struct err *err)
{
	struct port_xsk *x = port->priv->xsk;
	int rc;

	rc = port_pair_make(t, port,
			    (struct netlink_veth){
				    .mtu = PAIR_MTU, .peer_mtu = PAIR_MTU, .n_queues = x->n_queues},
			    err);
	if (!rc)
		rc = attach_far(t, port, x, err);
	if (!rc)
		rc = open_handout(t, port, x, err);
	if (!rc) {
		note_carrier(port);
		rc = port_netdev_ops.attach(t, port, err);
	}
	if (rc)
		take_down(t, port);
	return rc;
}

static int xsk_set_hook(struct port_table *t, struct port *port, int wanted, struct err *err)
{
	return port_netdev_ops.set_hook(t, port, wanted, err);
}

static void xsk_detach(struct port_table *t, struct port *port)
{
	port_netdev_ops.detach(t, port);
	if (port->priv->xsk)
		take_down(t, port);
}

static void xsk_refresh(struct port_table *t, struct port *port)
{
	if (!port_pair_refresh(t, port) && port->priv->xsk)
		take_down(t, port);
}

bool port_xsk_look(const struct port *port, struct port_xsk_info *out)
{
	const struct port_xsk *x = port->priv->xsk;

	if (!x)
		return false;
	out->queues = x->n_queues;
	xsk_sockets_look(&x->sockets, &out->bound, &out->zero_copy);
	out->socket = x->handout.path;
	out->pin = x->pin;
	out->consumer = x->handout.conn_fd >= 0 ? x->handout.pid : 0;
	return true;
}

const struct port_ops port_xsk_ops = {
	.name = "xsk",
	.init = xsk_init,
	.attach = xsk_attach,
	.set_hook = xsk_set_hook,
	.detach = xsk_detach,
	.refresh = xsk_refresh,
	.lost_behind = xsk_lost_behind,
};
