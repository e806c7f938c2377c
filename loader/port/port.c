// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The port table: numbers, life cycle and events. What a port does with its
 * device is its provider's (port_provider.h).
 */
#include "port.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "forward.h"
#include "log.h"
#include "port_provider.h"
#include "xsk_handout.h"

/* How late a tcx egress program may be noticed, which netlink does not tell. */
#define TICK_S 1

static const struct port_ops *const providers[PORT_TYPE_N] = {
	[PORT_NETDEV] = &port_netdev_ops,    [PORT_INTERNAL] = &port_internal_ops,
	[PORT_PATCH] = &port_patch_ops,      [PORT_XSK] = &port_xsk_ops,
	[PORT_VHOST_USER] = &port_vhost_ops, [PORT_HOST] = &port_host_ops,
};

static int watch(struct port_table *t, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

	if (fd < 0)
		return 0;
	return epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

static int env_open(struct netdev_env *env, const char *rundir)
{
	int rc;

	memset(env, 0, sizeof(*env));
	env->ethtool_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (env->ethtool_fd < 0)
		return -errno;
	rc = netlink_open(&env->nl);
	return rc ? rc : undo_open(rundir, &env->undo);
}

static void env_close(struct netdev_env *env)
{
	if (env->ethtool_fd >= 0)
		close(env->ethtool_fd);
	netlink_close(env->nl);
	undo_close(env->undo);
}

static int open_events(struct port_table *t)
{
	int rc;

	t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	t->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (t->epoll_fd < 0 || t->timer_fd < 0)
		return -errno;
	rc = netlink_subscribe(t->env.nl);
	if (!rc)
		rc = watch(t, netlink_event_fd(t->env.nl));
	if (!rc)
		rc = watch(t, forward_fd(t->forward));
	if (!rc)
		rc = watch(t, netlink_xdp_event_fd(t->env.nl));
	return rc ? rc : watch(t, t->timer_fd);
}

int port_table_create(const struct port_table_options *opt, struct port_table **out,
		      struct err *err)
{
	struct port_table *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return err_set(err, -ENOMEM, XVS_RPC_FAILED, "", "ports: out of memory");
	t->dp = opt->dp;
	t->loop = opt->loop;
	t->changed = opt->changed;
	t->aux = opt->aux;
	t->epoll_fd = t->timer_fd = -1;
	t->tx_fd = port_tx_open();
	snprintf(t->rundir, sizeof(t->rundir), "%s", opt->rundir);
	rc = env_open(&t->env, opt->rundir);
	if (!rc)
		rc = forward_create(t->dp, opt->forward_threads, &t->forward);
	if (!rc)
		rc = t->tx_fd < 0 ? t->tx_fd : open_events(t);
	if (rc) {
		port_table_destroy(t);
		return err_set(err, rc, rc == -EPERM ? XVS_RPC_PERMISSION : XVS_RPC_FAILED, "",
			       "ports: netlink or packet sockets cannot be opened: %s",
			       strerror(-rc));
	}
	*out = t;
	return 0;
}

void port_table_destroy(struct port_table *t)
{
	if (!t)
		return;
	t->changed = NULL; /* nobody follows what becomes of a host port */
	for (int i = 0; i < XVS_MAX_PORTS; i++)
		if (t->ports[i])
			port_destroy(t, t->ports[i]);
	forward_destroy(t->forward);
	env_close(&t->env);
	if (t->tx_fd >= 0)
		close(t->tx_fd);
	if (t->epoll_fd >= 0)
		close(t->epoll_fd);
	if (t->timer_fd >= 0)
		close(t->timer_fd);
	free(t);
}

int port_table_fd(const struct port_table *t)
{
	return t->epoll_fd;
}

/* Ticks only while some port uses what has to be asked for. */
static void set_timer(struct port_table *t)
{
	struct itimerspec its = {0};
	bool want = false;

	for (int i = 0; i < XVS_MAX_PORTS && !want; i++)
		want = t->ports[i] && (t->ports[i]->flags & XVS_PORT_F_PEER);
	if (want == t->ticking)
		return;
	its.it_value.tv_sec = its.it_interval.tv_sec = want ? TICK_S : 0;
	if (!timerfd_settime(t->timer_fd, 0, &its, NULL))
		t->ticking = want;
}

static void mark(void *aux, int ifindex, const char *name)
{
	struct port_table *t = aux;

	for (int i = 0; i < XVS_MAX_PORTS; i++) {
		struct port *port = t->ports[i];

		if (!port)
			continue;
		if (!ifindex || port->ifindex == ifindex ||
		    (!port->priv->attached && !strcmp(port->name, name)))
			port->priv->dirty = true;
	}
}

/* What a client sees and cares for. */
static bool differs(const struct port *a, const struct port *b)
{
	return a->hook != b->hook || a->state != b->state || a->flags != b->flags ||
	       a->ifindex != b->ifindex || a->mtu != b->mtu ||
	       memcmp(a->mac, b->mac, sizeof(a->mac)) || strcmp(a->reason, b->reason);
}

static void refresh_one(struct port_table *t, struct port *port)
{
	struct port before = *port;

	port->priv->dirty = false;
	port->priv->ops->refresh(t, port);
	if (t->changed && differs(&before, port))
		t->changed(t->aux, port);
}

/* The device called 'name', or its port, may have come, gone or changed. */
static void host_follow(struct port_table *t, const char *name)
{
	struct port *host = port_host_on(t, name);

	if (host)
		refresh_one(t, host);
}

static void refresh(struct port_table *t, struct port *port)
{
	refresh_one(t, port);
	if (port->type == PORT_NETDEV)
		host_follow(t, port->name);
}

void port_table_run(struct port_table *t)
{
	__u64 ticks;

	if (read(t->timer_fd, &ticks, sizeof(ticks)) == (ssize_t)sizeof(ticks))
		for (int i = 0; i < XVS_MAX_PORTS; i++)
			if (t->ports[i] && (t->ports[i]->flags & XVS_PORT_F_PEER))
				t->ports[i]->priv->dirty = true;
	netlink_run(t->env.nl, mark, t);
	forward_run(t->forward);
	for (int i = 0; i < XVS_MAX_PORTS; i++)
		if (t->ports[i] && t->ports[i]->priv->dirty)
			refresh(t, t->ports[i]);
	set_timer(t);
}

void port_undo_stale(const char *rundir)
{
	struct netdev_env env;
	int rc;

	rc = env_open(&env, rundir);
	if (!rc) {
		env.check_names = true;
		rc = undo_replay(env.undo, 0, netdev_undo_apply, &env);
	}
	if (rc)
		log_warn("port", "undo journal in %s: %s", rundir, strerror(-rc));
	xsk_handout_remove_stale(rundir);
	env_close(&env);
}

/* The number that 'name' had, else one that nobody had, else the one that was
 * free for longest. */
static int free_number(const struct port_table *t, const char *name)
{
	int unowned = 0, any = 0;

	for (int i = 0; i < XVS_MAX_PORTS - 1; i++) {
		int no = (t->last_no + i) % (XVS_MAX_PORTS - 1) + 1;

		if (t->ports[no])
			continue;
		if (!strcmp(t->owner[no], name))
			return no;
		if (!any)
			any = no;
		if (!unowned && !t->owner[no][0])
			unowned = no;
	}
	if (unowned)
		return unowned;
	return any ? any : -ENOSPC;
}

/* A new name stands in flows and tables; it has to be one word there. */
static int check_new_name(const char *name, size_t size, struct err *err)
{
	size_t n =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	if (n && !name[n] && n < size)
		return 0;
	return err_set(err, -EINVAL, XVS_RPC_USAGE, name,
		       "port '%s': a name has 1 to %zu letters, digits, '.', '_' or '-'", name,
		       size - 1);
}

static int check_name(const struct port_config *cfg, struct err *err)
{
	if (cfg->type == PORT_INTERNAL || cfg->type == PORT_XSK)
		return check_new_name(cfg->name, IFNAMSIZ, err);
	if (cfg->type == PORT_PATCH || cfg->type == PORT_VHOST_USER || cfg->type == PORT_HOST)
		return check_new_name(cfg->name, XVS_NAME_LEN, err);
	if (!cfg->name[0] || strlen(cfg->name) >= IFNAMSIZ)
		return err_set(err, -ENODEV, XVS_RPC_NOT_FOUND, cfg->name,
			       "port %s: no such device", cfg->name);
	return 0;
}

/* 'option' is of ports of type 'of'. */
static int refuse_option(const struct port_config *cfg, const char *option, enum port_type of,
			 struct err *err)
{
	return err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name,
		       "port %s: %s= is for %s ports, and the type is %s", cfg->name, option,
		       port_type_name(of), port_type_name(cfg->type));
}

static int refuse_hook(const char *name, enum port_type type, struct err *err)
{
	return err_set(err, -EINVAL, XVS_RPC_USAGE, name,
		       "port %s: hook= is for devices, and the type is %s", name,
		       port_type_name(type));
}

static int check_type(const struct port_table *t, const struct port_config *cfg, struct err *err)
{
	if (cfg->hook != PORT_HOOK_AUTO && cfg->hook != XVS_HOOK_XDP && cfg->hook != XVS_HOOK_TC)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name,
			       "port %s: the hook is one of auto, xdp, tc", cfg->name);
	if ((cfg->type == PORT_VHOST_USER || cfg->type == PORT_HOST) && cfg->hook != PORT_HOOK_AUTO)
		return refuse_hook(cfg->name, cfg->type, err);
	if (cfg->type != PORT_PATCH && cfg->peer)
		return refuse_option(cfg, "peer", PORT_PATCH, err);
	if (cfg->type != PORT_VHOST_USER && (cfg->path || cfg->client))
		return refuse_option(cfg, cfg->path ? "path" : "client", PORT_VHOST_USER, err);
	if (cfg->type != PORT_XSK && cfg->type != PORT_VHOST_USER && (cfg->queues || cfg->owner))
		return refuse_option(cfg, cfg->queues ? "queues" : "owner", PORT_XSK, err);
	if (cfg->type != PORT_HOST && (cfg->device || cfg->has_fail))
		return refuse_option(cfg, cfg->device ? "device" : "fail", PORT_HOST, err);
	return cfg->type == PORT_PATCH ? port_patch_check(t, cfg, err) : 0;
}

static int check_config(const struct port_table *t, const struct port_config *cfg, struct err *err)
{
	int rc = check_name(cfg, err);

	if (!rc)
		rc = check_type(t, cfg, err);
	if (rc)
		return rc;
	if (port_by_name(t, cfg->name))
		return err_set(err, -EEXIST, XVS_RPC_EXISTS, cfg->name,
			       "port %s: already a port of a switch", cfg->name);
	if (free_number(t, cfg->name) < 0)
		return err_set(err, -ENOSPC, XVS_RPC_FULL, cfg->name,
			       "port %s: there are %d ports already", cfg->name, XVS_MAX_PORTS - 1);
	return 0;
}

static void free_port(struct port *port)
{
	if (port->priv->ops->fini)
		port->priv->ops->fini(port);
	free(port->priv);
	free(port);
}

static struct port *alloc_port(const struct port_config *cfg)
{
	struct port *port = calloc(1, sizeof(*port));

	if (port)
		port->priv = calloc(1, sizeof(*port->priv));
	if (!port || !port->priv) {
		free(port);
		return NULL;
	}
	snprintf(port->name, sizeof(port->name), "%s", cfg->name);
	snprintf(port->device, sizeof(port->device), "%.*s", IFNAMSIZ - 1, cfg->name);
	port->type = cfg->type;
	port->hook_wanted = cfg->hook;
	if (cfg->peer)
		snprintf(port->peer_name, sizeof(port->peer_name), "%s", cfg->peer);
	port->priv->ops = providers[cfg->type];
	return port;
}

int port_create(struct port_table *t, const struct port_config *cfg, struct port **out,
		struct err *err)
{
	struct port *port;
	struct err local;
	int rc;

	rc = check_config(t, cfg, err);
	if (rc)
		return rc;
	port = alloc_port(cfg);
	if (!port)
		return err_set(err, -ENOMEM, XVS_RPC_FAILED, cfg->name, "port %s: out of memory",
			       cfg->name);
	port->port_no = (__u16)free_number(t, cfg->name);
	dp_port_forget(t->dp, port->port_no);
	err_init(&local);
	if (port->priv->ops->init)
		rc = port->priv->ops->init(t, port, cfg, err ? err : &local);
	if (!rc)
		rc = port->priv->ops->attach(t, port, err ? err : &local);
	err_fini(&local);
	if (rc) {
		free_port(port);
		return rc;
	}
	t->ports[port->port_no] = port;
	snprintf(t->owner[port->port_no], sizeof(t->owner[0]), "%s", port->name);
	t->last_no = port->port_no;
	port_patch_update(t, port->name);
	host_follow(t, port->name);
	set_timer(t);
	*out = port;
	return 0;
}

void port_destroy(struct port_table *t, struct port *port)
{
	if (!port)
		return;
	port->priv->ops->detach(t, port);
	t->ports[port->port_no] = NULL;
	port_patch_update(t, port->name);
	host_follow(t, port->name);
	free_port(port);
	set_timer(t);
}

int port_set_hook(struct port_table *t, struct port *port, int hook, struct err *err)
{
	struct err local;
	int rc;

	if (hook != PORT_HOOK_AUTO && hook != XVS_HOOK_XDP && hook != XVS_HOOK_TC)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, port->name,
			       "port %s: the hook is one of auto, xdp, tc", port->name);
	if (!port->priv->ops->set_hook)
		return refuse_hook(port->name, port->type, err);
	if (hook == port->hook_wanted)
		return 0;
	if (!port->priv->attached) {
		port->hook_wanted = hook;
		return 0;
	}
	err_init(&local);
	rc = port->priv->ops->set_hook(t, port, hook, err ? err : &local);
	err_fini(&local);
	host_follow(t, port->name);
	set_timer(t);
	return rc;
}

int port_set_peer(struct port_table *t, struct port *port, const char *peer, struct err *err)
{
	struct port_config cfg = {
		.name = port->name, .type = port->type, .hook = PORT_HOOK_AUTO, .peer = peer};
	int rc = check_type(t, &cfg, err);

	if (rc)
		return rc;
	snprintf(port->peer_name, sizeof(port->peer_name), "%s", peer);
	port_patch_update(t, port->name);
	return 0;
}

void port_unplug(struct port_table *t, struct port *port)
{
	port->peer_name[0] = '\0';
	port_patch_update(t, port->name);
}

void port_set_blocked(struct port_table *t, struct port *port, bool blocked)
{
	if (port->blocked == blocked)
		return;
	port->blocked = blocked;
	if (port->priv->attached)
		port->priv->ops->refresh(t, port);
	set_timer(t);
}

struct port *port_by_no(const struct port_table *t, __u16 port_no)
{
	return port_no < XVS_MAX_PORTS ? t->ports[port_no] : NULL;
}

struct port *port_by_name(const struct port_table *t, const char *name)
{
	for (int i = 0; i < XVS_MAX_PORTS; i++)
		if (t->ports[i] && !strcmp(t->ports[i]->name, name))
			return t->ports[i];
	return NULL;
}

const char *port_type_name(enum port_type type)
{
	return providers[type]->name;
}

const char *port_state_name(enum port_state s)
{
	static const char *const names[] = {
		[PORT_UP] = "up",
		[PORT_DOWN] = "down",
		[PORT_NO_CARRIER] = "no-carrier",
		[PORT_MISSING] = "missing",
		[PORT_BLOCKED] = "blocked",
	};

	return names[s];
}

const char *port_hook_name(int hook)
{
	switch (hook) {
	case PORT_HOOK_AUTO:
		return "auto";
	case XVS_HOOK_XDP:
		return "xdp";
	case XVS_HOOK_TC:
	case XVS_HOOK_EGRESS:
		return "tc";
	case XVS_HOOK_USER:
		return "user";
	default:
		return "none";
	}
}

const char *port_mode_name(enum port_mode mode)
{
	static const char *const names[] = {
		[PORT_MODE_MUX] = "mux", [PORT_MODE_UPT] = "upt", [PORT_MODE_AUTO] = "auto"};

	return names[mode];
}
