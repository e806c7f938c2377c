// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Expectations: connections that the daemon has read about in another one's payload, put
 * into the table for the programs to find; see datapath_ct.h.
 */
#include <errno.h>
#include <string.h>

#include "datapath_ct.h"
#include "dp_ct_private.h"

/* Is it announced already? */
static bool is_there(const struct dp *dp, __u64 hash, const struct xvs_ct_tuple *tuple, __u32 now)
{
	struct dp_ct_conn conn;

	for (__u32 i = 0; i < DP_CT_PLACES; i++)
		if (dp_ct_read(dp, now, dp_ct_place(dp, hash, i), &conn) &&
		    !memcmp(&conn.entry.tuple, tuple, sizeof(*tuple)))
			return true;
	return false;
}

/* Only the daemon announces, on one thread: no other can come in between [CT4]. */
int dp_ct_expect(struct dp *dp, const struct xvs_ct_tuple *tuple, __u32 master, __u32 *slot)
{
	__u64 hash = xvs_ct_hash(tuple, dp->config.ct_seed);
	__u32 now = dp_ct_now(dp);
	const struct xvs_ct_zone *zone = &dp->t.ct_zones[tuple->zone];
	__u32 timeout = dp->t.ct_timeouts[zone->timeouts].jiffies[XVS_CT_T_EXPECT];

	if (is_there(dp, hash, tuple, now))
		return -EEXIST;
	for (__u32 i = 0; i < DP_CT_PLACES; i++) {
		__u64 claimed, word;

		*slot = dp_ct_place(dp, hash, i);
		word = __atomic_load_n(dp_ct_word(dp, *slot), __ATOMIC_RELAXED);
		if (xvs_ct_word_state(word) != XVS_CT_S_FREE &&
		    xvs_ct_word_state(word) != XVS_CT_S_DEAD && !xvs_ct_is_over(word, now))
			continue;
		if (!dp_ct_claim(dp, *slot, word, xvs_ct_hash_tag(hash), &claimed))
			continue;
		dp->t.ct_entries[*slot] = (struct xvs_ct_entry){
			.tuple = *tuple,
			.link = XVS_CT_NONE,
			.flags = XVS_CT_E_RELATED,
			.master = master,
			.born = now,
		};
		/* Counted first: who looks at the count must not miss what it can see. */
		__atomic_fetch_add(&dp->t.ct_zones[tuple->zone].n_expect, 1, __ATOMIC_SEQ_CST);
		dp_ct_publish(dp, *slot,
			      xvs_ct_word(xvs_ct_seq(claimed), 0, XVS_CT_S_EXPECT,
					  xvs_ct_tag(claimed), now + timeout));
		return 0;
	}
	return -ENOSPC;
}
