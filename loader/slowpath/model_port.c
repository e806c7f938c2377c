// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Ports of the model: a device of loader/port joined to a switch of
 * loader/flow.
 */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "model_private.h"

#define MODULE "port"

/* Called for netlink events: what the translation may use has changed. */
void model_port_changed(void *aux, struct port *port)
{
	struct model *m = aux;
	struct sw *sw = port->owner;
	struct sw_port *sp = sw ? sw_port_by_no(sw, port->port_no) : NULL;

	if (!sp)
		return;
	if (sp->up != (port->state == PORT_UP)) {
		sp->up = port->state == PORT_UP;
		if (!sp->up)
			fdb_flush(sw->fdb, port->port_no, false);
		log_info(MODULE, "%s is %s", port->name, port_state_name(port->state));
	}
	/* A device that went away is no output from now on. */
	revalidator_run(m);
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

static void apply_config(struct sw_port *sp, const struct model_port_config *cfg)
{
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
}

int model_port_add(struct model *m, struct sw *sw, const struct model_port_config *cfg,
		   struct err *err)
{
	struct port_config pc = {.name = cfg->name,
				 .type = cfg->type,
				 .hook = cfg->has_hook ? cfg->hook : PORT_HOOK_AUTO};
	struct port *port = port_by_name(m->ports, cfg->name);
	struct sw_port *sp;
	int rc = check_vlans(cfg, err);

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
	rc = port_create(m->ports, &pc, &port, err);
	if (rc)
		return rc;
	rc = sw_add_port(sw, cfg->name, port->port_no, &sp);
	if (rc) {
		port_destroy(m->ports, port);
		return err_set(err, rc, XVS_RPC_FAILED, cfg->name, "port %s: %s", cfg->name,
			       strerror(-rc));
	}
	apply_config(sp, cfg);
	sp->up = port->state == PORT_UP;
	port->owner = sw;
	if (cfg->has_blocked)
		port_set_blocked(m->ports, port, cfg->blocked);
	revalidator_run(m);
	return 0;
}

static struct sw_port *find_port(struct sw *sw, const char *name, struct err *err)
{
	struct sw_port *sp = sw_port_by_name(sw, name);

	if (!sp)
		err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, name, "port %s: not a port of switch %s",
			name, sw->name);
	return sp;
}

int model_port_set(struct model *m, struct sw *sw, const struct model_port_config *cfg,
		   struct err *err)
{
	struct sw_port *sp = find_port(sw, cfg->name, err);
	struct port *port;
	int rc;

	if (!sp)
		return -ENOENT;
	rc = check_vlans(cfg, err);
	if (rc)
		return rc;
	port = port_by_no(m->ports, sp->port_no);
	if (cfg->has_hook) {
		rc = port_set_hook(m->ports, port, cfg->hook, err);
		if (rc)
			return rc;
	}
	/* What was learned on the port belongs to its old VLANs. */
	if (cfg->has_tag || cfg->has_trunks)
		fdb_flush(sw->fdb, sp->port_no, false);
	apply_config(sp, cfg);
	if (cfg->has_blocked)
		port_set_blocked(m->ports, port, cfg->blocked);
	sp->up = port->state == PORT_UP;
	revalidator_run(m);
	return 0;
}

int model_port_del(struct model *m, struct sw *sw, const char *name, struct err *err)
{
	struct sw_port *sp = find_port(sw, name, err);
	struct port *port;

	if (!sp)
		return -ENOENT;
	port = port_by_no(m->ports, sp->port_no);
	port->owner = NULL;
	sw_del_port(sw, sp);
	revalidator_run(m);
	port_destroy(m->ports, port);
	return 0;
}

bool model_port_at(struct model *m, const struct sw *sw, size_t i, struct model_port *out)
{
	struct port *port;

	memset(out, 0, sizeof(*out));
	if (i >= sw->n_ports)
		return false;
	out->sw_port = sw->ports[i];
	port = port_by_no(m->ports, out->sw_port->port_no);
	out->port = port;
	port_count_device_drops(m->ports, port);
	dp_port_stats(m->dp, out->sw_port->port_no, &out->stats);
	for (int r = XVS_DROP_UNSPEC; r < XVS_DROP_LAST; r++)
		out->drops += dp_drops(m->dp, out->sw_port->port_no, (enum xvs_drop_reason)r);
	return true;
}
