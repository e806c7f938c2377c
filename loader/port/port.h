/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ports: the table of what belongs to switches (devices for the most part),
 * their life cycle and what attaching changed on devices.
 *
 * Problem. A port is a kernel device that somebody else owns: it goes down,
 * loses its carrier, vanishes, gets an address, changes its offloads. The fast
 * path must at any time know what it can take, and detaching must leave it as it
 * was found, even when the daemon died in between.
 *
 * Idea. port_create asks the provider of the type (port_provider.h) to look at
 * the device, choose the hook, change what must change (written to an undo
 * journal before it is changed), attach and publish the port's entry. Netlink
 * events re-read the device and republish the entry. port_destroy goes the same
 * way back.
 *
 * Types
 *   netdev    a device of somebody else's
 *   internal  the host's own stack: a veth pair of our making. The host has the
 *             end that is called as the port, and may rename it or move it to
 *             another name space; the other end carries the programs. It comes
 *             with the port and goes with it. One that was deleted stays missing:
 *             whoever deletes a device does not want another one to appear.
 *   patch     one end of a wire between two switches of this daemon, or two
 *             places of one. No device; packets cross it in translation. Up
 *             while each of the two ends names the other.
 *   xsk       AF_XDP sockets of another program's: a veth pair of our making, whose
 *             end that is called as the port carries a program that feeds them. They
 *             are made here and handed out (xvs/xsk_handout.h). The pair comes and goes as
 *             that of an internal port.
 *   vhost-user  a guest's virtio-net device whose rings forwarding threads work on.
 *             A tap of ours stands for it in the kernel: it has the carrier, the
 *             programs and what the threads hand up. It is up while the guest's
 *             driver runs; a guest that comes back needs no command.
 *
 *   host      the host's own stack, which goes on using a NIC that is a netdev port.
 *             Where an internal port gives the host another device, this one puts the
 *             switch between the host and the device that it has: addresses, routes and
 *             connections stay where they are.
 *
 * Host ports
 *   Two ports share one device. The NIC's port is what is at the far end of its wire; the
 *   host port is what is above it. What comes in by the wire has the NIC's port as in_port,
 *   by XDP or TC ingress as always; what the stack sends has the host port, by a program at
 *   the TC egress of the same device that runs the same steps. From one of the two to the
 *   other no frame is sent anywhere: the verdict is to let it go on, as it is now, to the
 *   stack or to the qdisc. Everything else is a port like others: a guest's frame for the
 *   host port is given to the device's ingress, as if the wire had brought it, and one of
 *   the host's for a guest is redirected.
 *
 *   XDP drops, and sends elsewhere; what is for the stack it leaves, with its hint, to the
 *   TC ingress, which the frame passes in any case. To let it through there unasked would
 *   take a word in its metadata that decides, and that anybody's program could write [I4].
 *
 *   What the switch itself puts onto the wire meets the egress program as well, and what it
 *   has for the stack meets the ingress program. Both have a mark (XVS_MARK_SENT,
 *   XVS_MARK_STACK), with which they are let through, neither looked up nor counted again.
 *   xvsd's packet socket, which can only send, gives its frames for the stack to the
 *   egress with the second mark; there they are turned round. (Native redirects and AF_XDP
 *   leave below the egress.) A mark that the host itself gives to what it sends stays.
 *
 *   The short cut for a device that carries the host's address (XVS_PORT_F_HOST) ends when
 *   there is a host port: what the host gets is the rules' to say, group frames included.
 *   Cached flows go on when xvsd dies; packets that would need it are lost with
 *   fail=closed, and with fail=open (the default) pass between device and host once the
 *   ring has not been emptied for XVS_UNSERVED_S. That is the death or a long silence of the
 *   daemon and nothing else: neither admission nor a full ring opens anything, or whoever
 *   can send many packets could open the door.
 *
 *   A packet that the egress drops is an error to its sender (ENOBUFS), as one that a
 *   qdisc drops; one that goes up to xvsd is not.
 *
 *   The NIC's port is the one that has the device: the host port is missing while that is
 *   gone, and comes back with it.
 *
 * Invariants
 * [PORT1] A device that is refused is as it was before.
 * [PORT2] A frame is never redirected natively to a port that would lose it:
 *         flags are cleared before the reason for them is, and set after.
 * [PORT3] Every change to a device is in the undo journal before it is made.
 *
 * Thread rule: the datapath thread.
 */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include <net/if.h>
#include <sys/types.h>

#include "datapath.h"
#include "event.h"
#include "log.h"

enum port_type {
	PORT_NETDEV,
	PORT_INTERNAL,
	PORT_PATCH,
	PORT_XSK,
	PORT_VHOST_USER,
	PORT_HOST,
	PORT_TYPE_N
};
enum port_state { PORT_UP, PORT_DOWN, PORT_NO_CARRIER, PORT_MISSING, PORT_BLOCKED };

#define PORT_HOOK_AUTO (-1)

/* Who works on a guest's rings: the shared threads, or one of its own. */
enum port_mode { PORT_MODE_NONE, PORT_MODE_MUX, PORT_MODE_UPT, PORT_MODE_AUTO };

struct port {
	char name[XVS_NAME_LEN]; /* unique; of the device, or of its end that the host has */
	__u16 port_no;
	enum port_type type;
	int hook_wanted; /* PORT_HOOK_AUTO or enum xvs_hook */
	enum xvs_hook hook;
	enum port_state state;
	bool blocked; /* by the user */
	enum port_mode mode; /* in force; NONE: the type has none */
	char reason[256]; /* why the hook or mode is not what was asked; "" else */
	char changed[256]; /* what attaching changed: "promisc on, rx-vlan-offload off" */
	int ifindex; /* of the device that carries the programs; 0: missing, or a patch port */
	__u8 mac[6];
	__u32 mtu;
	char kind[16]; /* "veth", "tun", "" for physical */
	__u16 flags; /* XVS_PORT_F_* in force */
	char device[IFNAMSIZ]; /* that carries the programs; "" for a patch port */
	bool fail_open; /* of a host port: XVS_UNSERVED_S */
	char peer_name[XVS_NAME_LEN]; /* of a patch port; else "" */
	struct port *peer; /* ... while it is up but for blocking; else NULL */
	void *owner; /* for the caller */
	struct log_limit log_limit; /* of lines about what its device or guest does */
	struct port_ops_state *priv;
};

struct port_table;

/* Called after a port's state, flags or hook changed (from netlink events). */
typedef void (*port_changed_fn)(void *aux, struct port *port);

struct port_table_options {
	struct dp *dp;
	struct event_loop *loop; /* of the thread that calls all of this */
	const char *rundir; /* holds the undo journal */
	unsigned int forward_threads; /* shared ones */
	port_changed_fn changed;
	void *aux;
};

int port_table_create(const struct port_table_options *opt, struct port_table **out,
		      struct err *err);
/* Destroys the ports (devices are restored). NULL is a no-op. */
void port_table_destroy(struct port_table *t);
int port_table_fd(const struct port_table *t); /* netlink events: */
void port_table_run(struct port_table *t);

/* Undoes what a daemon that died left changed, by its journal, and removes its sockets
 * of xsk ports. */
void port_undo_stale(const char *rundir);

struct port_config {
	const char *name;
	enum port_type type;
	int hook; /* PORT_HOOK_AUTO or enum xvs_hook; AUTO for a patch port */
	const char *peer; /* the name of a patch port's other end; else NULL */
	__u32 queues; /* of an xsk port: sockets; of a vhost-user one: pairs; 0: not given */
	const char *owner; /* ... "user[:group]" that may connect to it; NULL: root */
	/* vhost-user: */
	const char *path; /* of the socket */
	bool client; /* xvsd connects; else it listens */
	/* host: */
	const char *device; /* of a netdev port; else NULL */
	bool has_fail, fail_closed; /* ... which is not given: open */
};

int port_create(struct port_table *t, const struct port_config *cfg, struct port **out,
		struct err *err);
void port_destroy(struct port_table *t, struct port *port);
/* On error the port is as it was. */
int port_set_hook(struct port_table *t, struct port *port, int hook, struct err *err);
/* The same, for a patch port. Whom it changes 'peer' of, of these and of other
 * ports, is not told by port_changed_fn; so with port_create and port_destroy. */
int port_set_peer(struct port_table *t, struct port *port, const char *peer, struct err *err);

struct port_mode_config {
	enum port_mode mode; /* MUX, UPT or AUTO: UPT if it can be */
	/* UPT: the port whose queue 'queue' is the guest's; NULL: as it was, with all that
	 * follows. In MUX what the guest sends leaves by that queue too. */
	const char *uplink;
	unsigned int queue;
	bool steered; /* somebody else sees to it that the guest's frames come by it */
	bool has_mac;
	unsigned char mac[6]; /* of the guest; else xvs asks the NIC to steer by this */
};
/* For vhost-user ports. A mode that cannot be is no error: 'mode' is what is in
 * force, and the reason says why. */
int port_set_mode(struct port_table *t, struct port *port, const struct port_mode_config *mode,
		  struct err *err);

/* What a vhost-user port has beyond others; false: it is none. */
struct port_guest {
	const char *path;
	bool client;
	unsigned int n_queues;
	bool connected, running;
	__u64 features; /* that the driver agreed to */
	enum port_mode mode_wanted;
	const char *uplink;
	unsigned int queue;
	__u64 sent; /* frames, whoever disposed of them */
	__u64 handed_up; /* of those, to the TC program */
	__u64 no_room; /* frames for which the guest had none */
	__u64 cpu_ns; /* of the guest's own thread; 0: it has none */
};
bool port_guest(const struct port *port, struct port_guest *out);
/* "zero-copy" or "copy" of the port's sockets (port_sockets.c); NULL: it has none. */
const char *port_copy_mode(const struct port *port);
const char *port_mode_name(enum port_mode mode); /* NULL: NONE */

/* For host ports. */
int port_set_fail_open(struct port_table *t, struct port *port, bool open, struct err *err);

/* A patch port that is about to go: it is nobody's peer any more. Else a no-op. */
void port_unplug(struct port_table *t, struct port *port);
void port_set_blocked(struct port_table *t, struct port *port, bool blocked);
struct port *port_by_no(const struct port_table *t, __u16 port_no);
struct port *port_by_name(const struct port_table *t, const char *name);
const char *port_type_name(enum port_type type);
const char *port_state_name(enum port_state s);
const char *port_hook_name(int hook);

/* What an xsk port has; false: it is another one, or missing. */
struct port_xsk_info {
	__u32 queues;
	__u32 bound; /* sockets that their user has bound */
	__u32 zero_copy; /* of these */
	const char *socket; /* where they are handed out */
	const char *pin; /* of their map; "": not pinned */
	pid_t consumer; /* who holds them; 0: nobody */
};
bool port_xsk_look(const struct port *port, struct port_xsk_info *out);

/* --- losses that only a device has seen (port_drops.c) --- */

/*
 * Adds to the drop ledger, as `egress-failed` of 'port', what its device's
 * counters (tx_dropped and tx_errors) say was lost since the last call and the
 * ledger does not have yet: a TC redirect ends at the device, and what the
 * device drops no program sees. To be called before the ledger is read, and
 * now and then so that little is missing when the device vanishes. No loss is
 * counted twice, however often this is called (losses.h). What other senders
 * lose on the device counts as well: its counters do not tell them apart.
 * NULL and a port that is missing: nothing. One netlink request.
 */
void port_count_device_drops(struct port_table *t, struct port *port);
/* For some of the ports; repeated calls come round to all of them. */
void port_sweep_device_drops(struct port_table *t);

/* --- replay (port_tx.c): frames that came up to the daemon go out again --- */

struct port_tx_frame {
	const __u8 *data; /* tags in-band */
	size_t len;
	__u16 gso_size; /* 0: not a large segment */
	__u16 l3_off, l4_off; /* 0: none; as the frame is now */
	__u8 nw_proto;
	bool ipv6;
	bool partial; /* the L4 checksum was partial before the frame was rewritten */
};
/* The sender left the L4 checksum to a device (it holds the sum of the pseudo
 * header only). To be asked before a frame is rewritten: rewriting adjusts the
 * field as if it were complete. port_tx asks again where 'partial' is not set. */
bool port_tx_is_partial(const struct port_tx_frame *frame);
/* Sends a frame out of the port's device with its offloads (large segment,
 * partial checksum) as virtio header. 0 or -errno. */
int port_tx(struct port_table *t, struct port *port, const struct port_tx_frame *frame);

#endif /* PORT_PORT_H */
