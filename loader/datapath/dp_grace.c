// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Grace periods [I3] as the writer sees them: what is pending waits together,
 * and is free when the provider says that every program that ran has ended and
 * every reader in the daemon has let go (dp_reader.c). How one waits is
 * dp_grace_wait.c's.
 */
#include "dp_private.h"

static bool grace_is_wanted(const struct dp *dp)
{
	return dp->slots.n_pending || dp->blocks.n_pending || dp->overflow.n_pending ||
	       dp->subtables.n_pending || dp->meters.n_pending || dp->order == DP_ORDER_FLIPPED ||
	       dp->changed_version > dp->settled_version;
}

int dp_grace_fd(const struct dp *dp)
{
	return dp->ops->grace_fd(dp);
}

void dp_grace_begin(struct dp *dp)
{
	if (dp->grace_running)
		return;
	/* Before the wait, so that one wait serves for flows and their masks. */
	dp_order_compact(dp);
	if (!grace_is_wanted(dp))
		return;
	dp_pool_wait(&dp->slots);
	dp_pool_wait(&dp->blocks);
	dp_pool_wait(&dp->overflow);
	dp_pool_wait(&dp->subtables);
	dp_pool_wait(&dp->meters);
	if (dp->order == DP_ORDER_FLIPPED)
		dp->order = DP_ORDER_WAITING;
	dp->waiting_version = dp->t.control->version;
	dp->grace_running = true;
	dp->ops->grace_start(dp);
}

void dp_grace_end(struct dp *dp, dp_slot_fn fn, void *aux)
{
	if (!dp->grace_running || !dp->ops->grace_over(dp))
		return;
	for (__u32 i = 0; i < dp->slots.n_waiting; i++) {
		__u32 slot = dp->slots.waiting[i];

		if (fn)
			fn(aux, slot);
		dp_stats_clear_slot(dp, slot);
	}
	for (__u32 i = 0; i < dp->subtables.n_waiting; i++)
		dp->t.subtables[dp->subtables.waiting[i]].n_words = 0;
	dp_pool_release(&dp->slots);
	dp_pool_release(&dp->blocks);
	dp_pool_release(&dp->overflow);
	dp_pool_release(&dp->subtables);
	dp_pool_release(&dp->meters);
	if (dp->order == DP_ORDER_WAITING)
		dp->order = DP_ORDER_IDLE;
	dp->settled_version = dp->waiting_version;
	dp->grace_running = false;
	dp_order_settle(dp);
}
