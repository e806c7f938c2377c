// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What connections are tracked by: the ct() operations' slots, zones, timeouts; see
 * datapath_ct.h.
 */
#include <errno.h>

#include "datapath_ct.h"
#include "dp_ct_private.h"

void dp_ct_action_set(struct dp *dp, __u32 slot, const struct xvs_ct_action *action)
{
	dp->t.ct_actions[slot] = *action;
	dp->ct_used = true;
}

bool dp_ct_is_used(const struct dp *dp)
{
	return dp->ct_used;
}

int dp_ct_zone_set(struct dp *dp, __u16 zone, const struct dp_ct_zone_config *config)
{
	struct xvs_ct_zone *z = &dp->t.ct_zones[zone];

	if (config->timeouts >= XVS_CT_TIMEOUT_POLICIES)
		return -EINVAL;
	/* The counts beside them are the programs'. */
	XVS_WRITE_ONCE(z->max_conns, config->max_conns);
	XVS_WRITE_ONCE(z->max_half, config->max_half);
	XVS_WRITE_ONCE(z->timeouts, config->timeouts);
	XVS_WRITE_ONCE(z->flags, config->flags);
	return 0;
}

void dp_ct_zone(const struct dp *dp, __u16 zone, struct xvs_ct_zone *out)
{
	const struct xvs_ct_zone *z = &dp->t.ct_zones[zone];

	*out = (struct xvs_ct_zone){
		.n_conns = XVS_READ_ONCE(z->n_conns),
		.n_half = XVS_READ_ONCE(z->n_half),
		.n_expect = XVS_READ_ONCE(z->n_expect),
		.max_conns = XVS_READ_ONCE(z->max_conns),
		.max_half = XVS_READ_ONCE(z->max_half),
		.timeouts = XVS_READ_ONCE(z->timeouts),
		.flags = XVS_READ_ONCE(z->flags),
	};
}

void dp_ct_timeouts_default(struct dp_ct_timeouts *out)
{
	static const struct dp_ct_timeouts defaults = {{
#define DEFAULT_SECONDS(sym, name, s) [XVS_CT_T_##sym] = (s),
		XVS_CT_TIMEOUTS(DEFAULT_SECONDS)
#undef DEFAULT_SECONDS
	}};

	*out = defaults;
}

int dp_ct_timeouts_set(struct dp *dp, __u32 policy, const struct dp_ct_timeouts *t)
{
	if (policy >= XVS_CT_TIMEOUT_POLICIES)
		return -EINVAL;
	for (int i = 0; i < XVS_CT_T_N; i++)
		if (!t->seconds[i] || t->seconds[i] > XVS_CT_TIMEOUT_MAX_S)
			return -EINVAL;
	for (int i = 0; i < XVS_CT_T_N; i++)
		XVS_WRITE_ONCE(dp->t.ct_timeouts[policy].jiffies[i], t->seconds[i] * dp->config.hz);
	return 0;
}

void dp_ct_timeouts(const struct dp *dp, __u32 policy, struct dp_ct_timeouts *out)
{
	for (int i = 0; i < XVS_CT_T_N; i++)
		out->seconds[i] =
			XVS_READ_ONCE(dp->t.ct_timeouts[policy].jiffies[i]) / dp->config.hz;
}

void dp_ct_init(struct dp *dp)
{
	struct dp_ct_timeouts t;

	dp_ct_timeouts_default(&t);
	for (__u32 i = 0; i < XVS_CT_TIMEOUT_POLICIES; i++)
		dp_ct_timeouts_set(dp, i, &t);
}
