// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Ports of the model: a port of loader/port joined to a switch of loader/flow,
 * and patch ports joined to each other.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "model_policy.h"
#include "model_private.h"
#include "model_txn.h"

#define MODULE "port"

static enum sw_port_kind kind_of(const struct port *port)
{
	switch (port->type) {
	case PORT_INTERNAL:
		return SW_PORT_INTERNAL;
	case PORT_PATCH:
		return SW_PORT_PATCH;
	default:
		return SW_PORT_DEVICE;
	}
}

static void update_state(struct sw *sw, struct sw_port *sp, struct port *port)
{
	if (sp->up == (port->state == PORT_UP))
		return;
	sp->up = port->state == PORT_UP;
	sw_port_changed(sw, sp);
	if (!sp->up)
		fdb_flush(sw->fdb, sp->port_no, false);
	log_limited(&port->log_limit, LOG_LVL_INFO, MODULE, "%s is %s", port->name,
		    port_state_name(port->state));
}

/* Called for netlink events: what the translation may use has changed. */
void model_port_changed(void *aux, struct port *port)
{
	struct model *m = aux;
	struct sw *sw = port->owner;
	struct sw_port *sp = sw ? sw_port_by_no(sw, port->port_no) : NULL;

	if (!sp)
		return;
	update_state(sw, sp, port);
	/* A device that went away is no output from now on. */
	revalidator_run(m);
}

/* Whom a patch port leads to; nowhere if that one has no switch, any more or
 * yet. */
static void update_patch(struct model *m, struct sw *sw, struct sw_port *sp)
{
	struct port *port = port_by_no(m->ports, sp->port_no);
	struct sw *peer_sw = port->peer ? port->peer->owner : NULL;
	struct sw_port *peer = peer_sw ? sw_port_by_no(peer_sw, port->peer->port_no) : NULL;

	/* What was learned on the port is behind the old peer. */
	if (peer != sp->peer) {
		fdb_flush(sw->fdb, sp->port_no, false);
		sw_port_changed(sw, sp);
	}
	sp->peer_sw = peer ? peer_sw : NULL;
	sp->peer = peer;
	update_state(sw, sp, port);
}

/* One port may have changed several patch ports. To be called before the
 * revalidator looks. */
static void update_patches(struct model *m)
{
	for (size_t i = 0; i < m->n_switches; i++) {
		struct sw *sw = m->switches[i];

		for (size_t k = 0; k < sw->n_ports; k++)
			if (sw->ports[k]->kind == SW_PORT_PATCH)
				update_patch(m, sw, sw->ports[k]);
	}
}

static int check_vlans(const struct model_port_config *cfg, struct err *err)
{
	if (cfg->has_tag && cfg->tag >= 0 && (cfg->tag < 1 || cfg->tag > 4094))
		return err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name,
			       "port %s: tag=%d: a VLAN is 1 to 4094", cfg->name, cfg->tag);
	if (cfg->has_tag && cfg->tag >= 0 && cfg->has_trunks)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name,
			       "port %s: tag= makes an access port and trunks= a trunk: give one",
			       cfg->name);
	return 0;
}

/* The guard of a port, or of one to be made (NULL), as it would be then. */
static struct spoof_guard guard_after(const struct sw_port *sp, const struct model_port_config *cfg)
{
	struct spoof_guard guard = {0};

	if (sp)
		guard = sp->guard;
	if (cfg->has_addresses) {
		bool on = guard.on;

		guard = cfg->guard;
		guard.on = on;
	}
	if (cfg->has_guard)
		guard.on = cfg->guard.on;
	return guard;
}

/* A guard that lets nothing pass is taken for a mistake. */
static int check_guard(const struct sw_port *sp, const struct model_port_config *cfg,
		       struct err *err)
{
	struct spoof_guard guard = guard_after(sp, cfg);

	if (!guard.on || spoof_guard_has(&guard, SPOOF_GUARD_MAC))
		return 0;
	err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name,
		"port %s: spoof-guard=on: no MAC is among its addresses, so nothing could pass",
		cfg->name);
	err_hint(err, "for example addresses=52:54:00:00:00:01,10.0.0.5,2001:db8::5");
	return -EINVAL;
}

static void apply_config(struct sw *sw, struct sw_port *sp, const struct model_port_config *cfg)
{
	sw_port_changed(sw, sp);
	if (cfg->has_tag) {
		sp->vlan_mode = cfg->tag >= 0 ? VLAN_ACCESS : VLAN_TRUNK;
		sp->tag = cfg->tag >= 0 ? (__u16)cfg->tag : 0;
	}
	if (cfg->has_trunks) {
		sp->vlan_mode = VLAN_TRUNK;
		sp->tag = 0;
		memcpy(sp->trunks, cfg->trunks, sizeof(sp->trunks));
	}
	if (cfg->has_blocked)
		sp->blocked = cfg->blocked;
	if (cfg->has_flood)
		sp->no_flood = !cfg->flood;
	if (cfg->has_upcall_rate)
		sp->upcall_rate = cfg->upcall_rate;
	if (cfg->has_upcall_burst)
		sp->upcall_burst = cfg->upcall_burst;
	sp->guard = guard_after(sp, cfg);
	if (cfg->has_tags)
		sp->tags = cfg->tags;
}

static void remove_port(struct model *m, struct sw *sw, struct sw_port *sp)
{
	struct port *port = port_by_no(m->ports, sp->port_no);

	port->owner = NULL;
	port_unplug(m->ports, port);
	update_patches(m);
	model_admission_forget(m, sp->port_no);
	model_policy_port_gone(m, sw, sp);
	sw_del_port(sw, sp);
	revalidator_run(m);
	port_destroy(m->ports, port);
}

static void undo_add(struct model *m, const struct model_undo *u)
{
	remove_port(m, u->sw, u->object);
}

/* From one switch to another nothing would join the two that share the device. */
static int check_host(const struct model *m, const struct sw *sw,
		      const struct model_port_config *cfg, struct err *err)
{
	const struct port *device = cfg->device ? port_by_name(m->ports, cfg->device) : NULL;
	const struct sw *other = device ? device->owner : NULL;

	if (!other || other == sw)
		return 0;
	return err_set(err, -EINVAL, XVS_RPC_UNSUPPORTED, cfg->name,
		       "port %s: %s is a port of another switch, %s", cfg->name, cfg->device,
		       other->name);
}

int model_port_add(struct model *m, struct sw *sw, const struct model_port_config *cfg,
		   struct err *err)
{
	struct port_config pc = {.name = cfg->name,
				 .type = cfg->type,
				 .hook = cfg->has_hook ? cfg->hook : PORT_HOOK_AUTO,
				 .peer = cfg->peer,
				 .queues = cfg->queues,
				 .path = cfg->path,
				 .client = cfg->client,
				 .device = cfg->device,
				 .has_fail = cfg->has_fail,
				 .fail_closed = cfg->fail_closed,
				 .owner = cfg->owner};
	struct port *port = port_by_name(m->ports, cfg->name);
	struct sw_port *sp;
	int rc = check_vlans(cfg, err);

	if (!rc)
		rc = check_guard(NULL, cfg, err);
	if (!rc && model_txn_reserve(m))
		rc = err_set(err, -ENOMEM, XVS_RPC_FAILED, cfg->name, "port %s: out of memory",
			     cfg->name);
	if (rc)
		return rc;
	if (port)
		return err_set(err, -EEXIST, XVS_RPC_EXISTS, cfg->name,
			       "port %s: already a port of switch %s", cfg->name,
			       port->owner ? ((struct sw *)port->owner)->name : "?");
	if (sw->n_ports >= XVS_MAX_SWITCH_PORTS)
		return err_set(err, -ENOSPC, XVS_RPC_FULL, cfg->name,
			       "port %s: switch %s has %d ports already, the most that a flood can "
			       "reach",
			       cfg->name, sw->name, XVS_MAX_SWITCH_PORTS);
	rc = cfg->type == PORT_HOST ? check_host(m, sw, cfg, err) : 0;
	if (!rc)
		rc = port_create(m->ports, &pc, &port, err);
	if (rc)
		return rc;
	rc = sw_add_port(sw, cfg->name, port->port_no, &sp);
	if (rc) {
		port_destroy(m->ports, port);
		return err_set(err, rc, XVS_RPC_FAILED, cfg->name, "port %s: %s", cfg->name,
			       strerror(-rc));
	}
	sp->kind = kind_of(port);
	apply_config(sw, sp, cfg);
	model_admission_apply(m, sp);
	port->owner = sw;
	if (cfg->has_blocked)
		port_set_blocked(m->ports, port, cfg->blocked);
	sp->up = port->state == PORT_UP;
	update_patches(m);
	model_txn_log(m, &(struct model_undo){.undo = undo_add, .sw = sw, .object = sp});
	model_policy_port_changed(m, sw, sp);
	revalidator_run(m);
	return 0;
}

struct sw_port *model_sw_port(const struct sw *sw, const char *name, struct err *err)
{
	struct sw_port *sp = sw_port_by_name(sw, name);

	if (!sp)
		err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, name, "port %s: not a port of switch %s",
			name, sw->name);
	return sp;
}

/* What a type cannot have is refused before anything is changed: a hook at a
 * patch port, a peer at any other. */
static int set_port(struct model *m, struct port *port, const struct model_port_config *cfg,
		    struct err *err)
{
	bool hook_first = port->type == PORT_PATCH;
	int rc = 0;

	if (cfg->has_hook && hook_first)
		rc = port_set_hook(m->ports, port, cfg->hook, err);
	if (!rc && cfg->peer)
		rc = port_set_peer(m->ports, port, cfg->peer, err);
	if (!rc && cfg->has_hook && !hook_first)
		rc = port_set_hook(m->ports, port, cfg->hook, err);
	if (!rc && cfg->has_fail)
		rc = port_set_fail_open(m->ports, port, !cfg->fail_closed, err);
	if (!rc && cfg->has_mode)
		rc = port_set_mode(m->ports, port, &cfg->mode, err);
	return rc;
}

/* Whether the fast path drops what comes in and goes out. */
static void apply_blocked(struct model *m, struct sw *sw, struct sw_port *sp)
{
	struct port *port = port_by_no(m->ports, sp->port_no);

	port_set_blocked(m->ports, port, sp->blocked);
	sp->up = port->state == PORT_UP;
	sw_port_changed(sw, sp);
	update_patches(m);
}

static void unblock(struct model *m, const struct model_undo *u)
{
	struct sw_port *sp = sw_port_by_no(u->sw, (__u16)u->arg);

	if (!sp->blocked)
		apply_blocked(m, u->sw, sp);
}

static void block_and_limit(struct model *m, const struct model_undo *u)
{
	struct sw_port *sp = sw_port_by_no(u->sw, (__u16)u->arg);

	if (sp->blocked)
		apply_blocked(m, u->sw, sp);
	model_admission_apply(m, sp);
	free(u->object);
}

static void undo_set(struct model *m, const struct model_undo *u)
{
	struct sw_port *sp = sw_port_by_no(u->sw, (__u16)u->arg);
	const struct sw_port *old = u->object;

	sp->vlan_mode = old->vlan_mode;
	sp->tag = old->tag;
	memcpy(sp->trunks, old->trunks, sizeof(sp->trunks));
	sp->blocked = old->blocked;
	sp->no_flood = old->no_flood;
	sp->upcall_rate = old->upcall_rate;
	sp->upcall_burst = old->upcall_burst;
	sp->guard = old->guard;
	sp->tags = old->tags;
	sw_port_changed(u->sw, sp);
	free(u->object);
}

/* All but hook and peer, which are the device's: what rules see, and what a
 * transaction takes back. */
static int set_policy(struct model *m, struct sw *sw, struct sw_port *sp,
		      const struct model_port_config *cfg)
{
	bool vlans = cfg->has_tag || cfg->has_trunks;
	struct sw_port *old;
	int rc = vlans ? model_txn_save_fdb(m, sw) : 0;

	if (!rc)
		rc = model_txn_reserve(m);
	if (rc)
		return rc;
	old = malloc(sizeof(*old));
	if (!old)
		return -ENOMEM;
	*old = *sp;
	/* What was learned on the port belongs to its old VLANs. */
	if (vlans)
		fdb_flush(sw->fdb, sp->port_no, false);
	apply_config(sw, sp, cfg);
	model_txn_log(m, &(struct model_undo){.undo = undo_set,
					      .ready = unblock,
					      .done = block_and_limit,
					      .sw = sw,
					      .object = old,
					      .arg = sp->port_no});
	return 0;
}

int model_port_set(struct model *m, struct sw *sw, const struct model_port_config *cfg,
		   struct err *err)
{
	struct sw_port *sp = model_sw_port(sw, cfg->name, err);
	struct port *port;
	int rc;

	if (!sp)
		return -ENOENT;
	rc = check_vlans(cfg, err);
	if (!rc)
		rc = check_guard(sp, cfg, err);
	if (rc)
		return rc;
	port = port_by_no(m->ports, sp->port_no);
	rc = set_port(m, port, cfg, err);
	if (rc)
		return rc;
	rc = set_policy(m, sw, sp, cfg);
	if (rc)
		return err_set(err, rc, XVS_RPC_FAILED, cfg->name, "port %s: %s", cfg->name,
			       strerror(-rc));
	sp->up = port->state == PORT_UP;
	update_patches(m);
	if (cfg->has_addresses || cfg->has_tags)
		model_policy_port_changed(m, sw, sp);
	revalidator_run(m);
	return 0;
}

int model_port_del(struct model *m, struct sw *sw, const char *name, struct err *err)
{
	struct sw_port *sp = model_sw_port(sw, name, err);

	if (!sp)
		return -ENOENT;
	remove_port(m, sw, sp);
	return 0;
}

static bool has_patch_ports(const struct sw *sw)
{
	for (size_t i = 0; i < sw->n_ports; i++)
		if (sw->ports[i]->kind == SW_PORT_PATCH)
			return true;
	return false;
}

static void patch_stats(const struct sw_port *sp, struct xvs_port_stats *stats)
{
	stats->rx_packets = sp->rx_packets;
	stats->rx_bytes = sp->rx_bytes;
	stats->tx_packets = sp->tx_packets;
	stats->tx_bytes = sp->tx_bytes;
}

bool model_port_at(struct model *m, const struct sw *sw, size_t i, struct model_port *out)
{
	struct port *port;

	memset(out, 0, sizeof(*out));
	if (i >= sw->n_ports)
		return false;
	/* What crosses patch ports is known by megaflow: once a list. */
	if (!i && has_patch_ports(sw))
		flow_cache_count(m);
	out->sw_port = sw->ports[i];
	port = port_by_no(m->ports, out->sw_port->port_no);
	out->port = port;
	model_port_admission(m, out->sw_port, &out->admission);
	if (out->sw_port->kind == SW_PORT_PATCH) {
		patch_stats(out->sw_port, &out->stats);
	} else {
		port_count_device_drops(m->ports, port);
		dp_port_stats(m->dp, out->sw_port->port_no, &out->stats);
	}
	for (int r = XVS_DROP_UNSPEC; r < XVS_DROP_LAST; r++)
		out->drops += dp_drops(m->dp, out->sw_port->port_no, (enum xvs_drop_reason)r);
	return true;
}
