// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The arithmetic of losses that only a device has seen (losses.h).
 */
#include "losses.h"

static __u64 smaller(__u64 a, __u64 b)
{
	return a < b ? a : b;
}

void losses_begin(struct losses *l, const struct losses_reading *now)
{
	*l = (struct losses){
		.device = now->device,
		.ledger = now->ledger_after,
		.unseen = now->unseen,
	};
}

/* What the ledger got that the device may have counted as well. */
static __u64 known(const struct losses *l, const struct losses_reading *now)
{
	__u64 ledger = now->ledger_after - l->ledger;
	__u64 unseen = now->unseen - l->unseen;

	return (ledger > unseen ? ledger - unseen : 0) + l->surplus;
}

__u64 losses_count(struct losses *l, const struct losses_reading *now)
{
	__u64 device, in_ledger, between, n = 0;

	if (now->device < l->device || now->ledger_after < l->ledger || now->unseen < l->unseen) {
		losses_begin(l, now);
		return 0;
	}
	device = now->device - l->device;
	in_ledger = known(l, now);
	between = now->ledger_after - now->ledger_before + smaller(l->last, LOSSES_BULK_FRAMES);
	if (device > in_ledger)
		n = device - in_ledger;
	*l = (struct losses){
		.device = now->device,
		.ledger = now->ledger_after + n,
		.unseen = now->unseen,
		.surplus = device > in_ledger ? 0 : smaller(in_ledger - device, between),
		.last = n,
	};
	return n;
}
