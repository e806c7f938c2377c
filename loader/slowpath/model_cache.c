// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The flow cache as clients see it: listing, statistics and switches.
 */
#include <errno.h>

#include "clock.h"
#include "mask_level.h"
#include "model_private.h"

void model_cache_each(struct model *m, const struct sw *sw, model_megaflow_fn fn, void *aux)
{
	__u64 now;

	flow_cache_count(m);
	now = clock_ms();
	for (__u32 s = 0; s < m->ukeys.top; s++) {
		const struct ukey *u = ukey_at(&m->ukeys, s, UKEY_PUBLISHED);
		struct model_megaflow f;
		struct match match;

		if (!u || u->sw != sw)
			continue;
		match.mask = flow_of_packet(&u->mask);
		match.key = flow_of_packet(&u->key);
		flow_mask_key(&match.key, &match.key, &match.mask);
		f = (struct model_megaflow){
			.id = s,
			.match = &match,
			.verdict = u->result.verdict,
			.reason = u->result.reason,
			.ops = u->result.ops,
			.n_ops = u->result.n_ops,
			.packets = m->ukeys.use[s].packets,
			.bytes = m->ukeys.use[s].bytes,
			.used_ms = u->used_ms ? now - u->used_ms : UINT64_MAX,
		};
		fn(aux, &f);
	}
}

void model_cache_stats(struct model *m, const struct sw *sw, struct model_cache_stats *out)
{
	*out = (struct model_cache_stats){
		.megaflows = m->ukeys.n,
		.megaflow_limit = m->limit.configured,
		.megaflow_limit_in_force = m->limit.in_force,
		.sweep_us = m->sweep.last_cpu_ns / 1000,
		.subtables = dp_n_subtables(m->dp),
		.subtable_limit = XVS_MAX_SUBTABLES,
		.installed_total = m->installed_total,
		.removed_total = m->removed_total,
		.revalidated_total = m->revalidated_total,
		.micro = dp_flags(m->dp) & XVS_CONTROL_MICROFLOW,
		.mega = m->mega,
		.mask_level = mask_level_most(m, sw),
	};
	dp_counters(m->dp, &out->counters);
}

int model_cache_set(struct model *m, struct sw *sw, const struct model_cache_config *cfg,
		    struct err *err)
{
	__u32 most = dp_config(m->dp)->n_slots - XVS_FLOW_SLOTS_SPARE;

	if (cfg->has_limit && (cfg->limit < 1 || cfg->limit > most))
		return err_set(err, -EINVAL, XVS_RPC_USAGE, sw->name,
			       "cache: limit=%u: 1 to %u; start xvsd with --flow-limit for more",
			       cfg->limit, most);
	if (cfg->has_limit) {
		flow_limit_set(&m->limit, cfg->limit);
		sweep_hurry(m);
	}
	if (cfg->has_micro)
		dp_set_flags(m->dp, cfg->micro ? dp_flags(m->dp) | XVS_CONTROL_MICROFLOW
					       : dp_flags(m->dp) & ~XVS_CONTROL_MICROFLOW);
	if (cfg->has_mega && cfg->mega != m->mega) {
		m->mega = cfg->mega;
		/* Masks of the other kind would overlap the new ones [I5]. */
		flow_cache_flush(m, NULL);
		mask_level_relax(m);
	}
	return 0;
}
