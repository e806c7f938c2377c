/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The seam between the port table (port.c) and the types of ports: what a type
 * must do, and what it may use. Clients of ports include port.h only.
 *
 * Life of a port
 *
 *   port_create  1. port.c checks the name, finds a number and fills name, type,
 *                   hook_wanted, peer_name; ops->init, if there is one, checks and
 *                   keeps what is of its type, and ops->fini is its opposite
 *                2. ops->attach; if this fails, the number is free again
 *   events       3. ops->refresh, whenever the device may have changed. A
 *                   device that has gone is detached by refresh (state missing);
 *                   when it comes back, refresh attaches it again, unless it was
 *                   xvs that had made it
 *   port_set_hook 4. ops->set_hook, unless it is missing
 *   port_destroy 5. ops->detach, unless it is missing
 *
 * The order inside attach and detach is [PORT2]: entry before programs, flags
 * away before programs.
 */
#ifndef PORT_PORT_PROVIDER_H
#define PORT_PORT_PROVIDER_H

#include <limits.h>

#include "losses.h"
#include "netdev_change.h"
#include "port.h"

struct port_table {
	struct dp *dp;
	struct event_loop *loop;
	struct forward *forward;
	unsigned int n_guests; /* vhost-user ports: devices have sockets while there are some */
	struct netdev_env env;
	char rundir[PATH_MAX];
	int tx_fd; /* port_tx.c */
	int epoll_fd;
	int timer_fd; /* ticks while tcx egress has to be asked for */
	bool ticking;
	port_changed_fn changed;
	void *aux;
	struct port *ports[XVS_MAX_PORTS]; /* by port_no; [0] is not used */
	/* The last owner of each number: rules may still name it, so it goes to
	 * another device only when no other number is left. */
	char owner[XVS_MAX_PORTS][XVS_NAME_LEN];
	__u16 last_no; /* numbers are used again as late as possible */
	__u16 drops_no; /* port_drops.c: where the next sweep begins */
};

struct port_ops {
	const char *name;
	/* Before attach; on error nothing is kept. May be NULL, as fini. */
	int (*init)(struct port_table *t, struct port *port, const struct port_config *cfg,
		    struct err *err);
	void (*fini)(struct port *port);
	/* Sets up the device called port->device. On error the device is as it
	 * was [PORT1] and nothing is published; 'err' (never NULL) is filled. */
	int (*attach)(struct port_table *t, struct port *port, struct err *err);
	/* Changes to the hook 'wanted' (PORT_HOOK_AUTO or a hook) and notes it as
	 * hook_wanted. What can be known beforehand is looked at before anything
	 * is touched; on error the port is as it was. Only while attached. */
	int (*set_hook)(struct port_table *t, struct port *port, int wanted, struct err *err);
	/* Takes the programs off, unpublishes, puts the device back. */
	void (*detach)(struct port_table *t, struct port *port);
	/* Reads the device again and publishes what changed. */
	void (*refresh)(struct port_table *t, struct port *port);
	/* Frames that were lost behind the device since the last call, which no
	 * counter of the device has. May be NULL. */
	__u64 (*lost_behind)(struct port_table *t, struct port *port);
};

struct port_ops_state {
	const struct port_ops *ops;
	struct xvs_port_entry entry; /* as published */
	__u16 extra_flags; /* XVS_PORT_F_* that are no facts of the device */
	char hook_reason[200]; /* why the hook is not the first choice */
	int pair_ifindex; /* port_pair.c: our end of the veth pair; 0: there is none */
	const char *no_carrier; /* why the device has none, if it has none; NULL: not known */
	struct port_xsk *xsk; /* port_xsk.c; NULL: of another type, or missing */
	int peer_link, peer_nsid; /* the veth peer that was made fit for XDP */
	bool attached;
	bool accepted; /* was attached once: from then on it is not refused for an
			* XDP program that somebody put beside its TC one */
	bool dirty; /* an event named it: refresh */
	struct port *host; /* of a netdev port: the host port on its device; NULL: none */
	struct losses losses; /* port_drops.c, while attached */
	struct forward_device *sockets; /* port_sockets.c; NULL: none */
	bool sockets_tried;
	char sockets_reason[160]; /* why there are none */
	struct port_vhost *vhost; /* port_vhost.c */
	char mode_reason[160]; /* port_mode.c: why UPT is not in force */
	__u64 tx_unseen; /* frames that port_tx could not give to the device, or that
			  * were lost behind it */
};

extern const struct port_ops port_netdev_ops; /* port_netdev.c */
extern const struct port_ops port_internal_ops; /* port_internal.c */
extern const struct port_ops port_patch_ops; /* port_patch.c */
extern const struct port_ops port_xsk_ops; /* port_xsk.c */
extern const struct port_ops port_vhost_ops; /* port_vhost.c */
extern const struct port_ops port_host_ops; /* port_host.c */

/* port_host.c: the host port on the device of that name, attached or not; NULL: none. */
struct port *port_host_on(const struct port_table *t, const char *device);

/* port_netdev.c: writes the entry; a device that takes no native redirects has none
 * of their flags. 0 or -errno. */
int port_publish(struct port_table *t, struct port *port, const struct xvs_port_entry *entry);

/* --- port_sockets.c --- */

/* The port was attached, changed its hook or its device: brings its sockets up to
 * date. To be dropped before it is detached. */
void port_sockets_update(struct port_table *t, struct port *port);
void port_sockets_drop(struct port_table *t, struct port *port);
/* Sockets came or went: guests that have a queue of theirs, or want one (port_mode.c). */
void port_modes_update(struct port_table *t);
/* One guest more (1) or less (-1). */
void port_sockets_want(struct port_table *t, int guests);

/* Refuses what a patch port cannot have (0: it can). A peer that is not there
 * yet may come. */
int port_patch_check(const struct port_table *t, const struct port_config *cfg, struct err *err);
/* The port called 'name' came, went or changed: brings 'peer', state and reason
 * of it and of the patch ports that name it up to date. */
void port_patch_update(struct port_table *t, const char *name);

/* port_drops.c: the device's counters as they are now are the beginning;
 * 'tx_lost' is of its link_info. */
void port_drops_begin(struct port_table *t, struct port *port, __u64 tx_lost);

int port_tx_open(void); /* a socket or -errno */

#endif /* PORT_PORT_PROVIDER_H */
