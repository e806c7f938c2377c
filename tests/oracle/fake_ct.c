// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The conntrack of fake_ct.h.
 */
#include "fake_ct.h"

#include <xxhash.h>

void fake_ct_find(const __u8 *frame, size_t len, __u16 zone, struct xvs_flow_key *key)
{
	static const __u8 states[] = {
		XVS_CT_TRK | XVS_CT_NEW,
		XVS_CT_TRK | XVS_CT_EST,
		XVS_CT_TRK | XVS_CT_EST | XVS_CT_RPL,
		XVS_CT_TRK | XVS_CT_INV,
	};
	XXH64_hash_t hash = XXH64(frame, len, zone);

	key->ct_state = states[hash & 3];
	key->ct_zone = zone;
	key->ct_mark = hash >> 2 & 3;
	key->ct_label[0] = hash >> 4 & 1;
	key->ct_label[1] = 0;
}

__u64 fake_ct_digest(const struct xvs_ct_action *action)
{
	struct xvs_ct_action what = *action;

	what.recirc_id = 0;
	return XXH64(&what, sizeof(what), 0);
}
