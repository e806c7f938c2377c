// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Connections and zones for clients; see model_ct.h.
 */
#include "model_ct.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model_private.h"

__u32 model_ct_now(const struct model *m)
{
	return dp_ct_now(m->dp);
}

__u32 model_ct_hz(const struct model *m)
{
	return dp_config(m->dp)->hz;
}

bool model_ct_next(const struct model *m, const struct ct_filter *f, __u32 *at,
		   struct dp_ct_conn *out)
{
	__u32 now = dp_ct_now(m->dp), end = dp_ct_n_slots(m->dp);

	while (dp_ct_next(m->dp, now, end, at, out))
		if (ct_filter_takes(f, out->word, &out->entry))
			return true;
	return false;
}

__u32 model_ct_flush(struct model *m, const struct ct_filter *f)
{
	struct dp_ct_conn conn;
	__u32 at = 0, n = 0;

	while (model_ct_next(m, f, &at, &conn))
		n += dp_ct_end(m->dp, &conn);
	return n;
}

__u32 model_ct_count(const struct model *m)
{
	__u32 n = 0;

	for (__u32 i = 0; i < XVS_CT_ZONES; i++) {
		struct xvs_ct_zone zone;

		dp_ct_zone(m->dp, (__u16)i, &zone);
		n += zone.n_conns;
	}
	return n;
}

void model_ct_stats(const struct model *m, struct model_ct_stats *out)
{
	*out = (struct model_ct_stats){.limit = m->ct_limit};
	dp_ct_stats(m->dp, &out->table);
	for (__u32 i = 0; i < XVS_CT_ZONES; i++) {
		struct xvs_ct_zone zone;

		dp_ct_zone(m->dp, (__u16)i, &zone);
		out->n_conns += zone.n_conns;
		out->n_half += zone.n_half;
		out->n_expect += zone.n_expect;
	}
}

bool model_ct_zone(const struct model *m, __u16 zone, struct xvs_ct_zone *out)
{
	dp_ct_zone(m->dp, zone, out);
	return out->n_conns || out->n_half || out->n_expect || out->max_conns || out->max_half ||
	       out->timeouts || out->flags;
}

static void set_flag(__u8 *flags, __u8 flag, bool on)
{
	*flags = (__u8)(on ? *flags | flag : *flags & ~flag);
}

/* The number of a policy, or -ENOENT. */
static int find_policy(const struct model *m, const char *name)
{
	for (int i = 0; i < XVS_CT_TIMEOUT_POLICIES; i++) {
		const char *has = model_ct_timeouts_name(m, (__u32)i);

		if (has && !strcmp(has, name))
			return i;
	}
	return -ENOENT;
}

static int no_policy(struct err *err, const char *name)
{
	err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, name, "ct timeouts %s: no such policy", name);
	err_hint(err, "ct-timeouts show lists them, ct-timeouts add makes one");
	return -ENOENT;
}

int model_ct_zone_set(struct model *m, const struct model_ct_zone_config *cfg, struct err *err)
{
	struct dp_ct_zone_config config;
	struct xvs_ct_zone zone;

	dp_ct_zone(m->dp, cfg->zone, &zone);
	config = (struct dp_ct_zone_config){
		.max_conns = cfg->has_max ? cfg->max : zone.max_conns,
		.max_half = cfg->has_max_half ? cfg->max_half : zone.max_half,
		.timeouts = zone.timeouts,
		.flags = zone.flags,
	};
	if (cfg->timeouts) {
		int policy = find_policy(m, cfg->timeouts);

		if (policy < 0)
			return no_policy(err, cfg->timeouts);
		config.timeouts = (__u8)policy;
	}
	if (cfg->has_window_check)
		set_flag(&config.flags, XVS_CT_Z_LIBERAL, !cfg->window_check);
	if (cfg->has_pick_up)
		set_flag(&config.flags, XVS_CT_Z_NO_PICKUP, !cfg->pick_up);
	dp_ct_zone_set(m->dp, cfg->zone, &config);
	return 0;
}

const char *model_ct_timeouts_name(const struct model *m, __u32 policy)
{
	if (!policy)
		return "default";
	return policy < XVS_CT_TIMEOUT_POLICIES && m->ct_timeouts[policy][0]
		       ? m->ct_timeouts[policy]
		       : NULL;
}

void model_ct_timeouts_at(const struct model *m, __u32 policy, struct dp_ct_timeouts *out)
{
	dp_ct_timeouts(m->dp, policy, out);
}

int model_ct_timeouts_find(const struct model *m, const char *name, struct dp_ct_timeouts *out,
			   struct err *err)
{
	int policy = find_policy(m, name);

	if (policy < 0)
		return no_policy(err, name);
	dp_ct_timeouts(m->dp, (__u32)policy, out);
	return policy;
}

static void overlay(struct dp_ct_timeouts *onto, const struct dp_ct_timeouts *t)
{
	for (int i = 0; i < XVS_CT_T_N; i++)
		if (t->seconds[i])
			onto->seconds[i] = t->seconds[i];
}

static bool name_is_valid(const char *name)
{
	size_t n =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return n && !name[n] && n < XVS_NAME_LEN && name[0] != '-';
}

static int free_policy_number(const struct model *m)
{
	for (int i = 1; i < XVS_CT_TIMEOUT_POLICIES; i++)
		if (!m->ct_timeouts[i][0])
			return i;
	return -ENOSPC;
}

int model_ct_timeouts_add(struct model *m, const char *name, const struct dp_ct_timeouts *t,
			  struct err *err)
{
	struct dp_ct_timeouts all;
	int policy = free_policy_number(m);

	if (!name_is_valid(name))
		return err_set(err, -EINVAL, XVS_RPC_USAGE, name,
			       "ct timeouts '%s': a name has 1 to %d letters, digits, '.', '_' or "
			       "'-', and does not begin with '-'",
			       name, XVS_NAME_LEN - 1);
	if (find_policy(m, name) >= 0)
		return err_set(err, -EEXIST, XVS_RPC_EXISTS, name, "ct timeouts %s: exists already",
			       name);
	if (policy < 0)
		return err_set(err, policy, XVS_RPC_FULL, name,
			       "ct timeouts %s: there are %d policies, the most that there may be",
			       name, XVS_CT_TIMEOUT_POLICIES);
	dp_ct_timeouts(m->dp, 0, &all);
	overlay(&all, t);
	dp_ct_timeouts_set(m->dp, (__u32)policy, &all);
	snprintf(m->ct_timeouts[policy], XVS_NAME_LEN, "%s", name);
	return 0;
}

int model_ct_timeouts_set(struct model *m, const char *name, const struct dp_ct_timeouts *t,
			  struct err *err)
{
	struct dp_ct_timeouts all;
	int policy = model_ct_timeouts_find(m, name, &all, err);

	if (policy < 0)
		return policy;
	overlay(&all, t);
	dp_ct_timeouts_set(m->dp, (__u32)policy, &all);
	return 0;
}

/* A zone that has the policy, or -1. */
static int zone_with(const struct model *m, int policy)
{
	struct xvs_ct_zone zone;

	for (__u32 i = 0; i < XVS_CT_ZONES; i++) {
		dp_ct_zone(m->dp, (__u16)i, &zone);
		if (zone.timeouts == policy)
			return (int)i;
	}
	return -1;
}

int model_ct_timeouts_del(struct model *m, const char *name, struct err *err)
{
	int policy = find_policy(m, name), zone;

	if (policy < 0)
		return no_policy(err, name);
	if (!policy)
		return err_set(err, -EBUSY, XVS_RPC_BUSY, name,
			       "ct timeouts %s: is what zones have at first, and stays", name);
	zone = zone_with(m, policy);
	if (zone >= 0) {
		err_set(err, -EBUSY, XVS_RPC_BUSY, name, "ct timeouts %s: zone %d has it", name,
			zone);
		err_hint(err, "ct set gives a zone others");
		return -EBUSY;
	}
	m->ct_timeouts[policy][0] = '\0';
	return 0;
}
