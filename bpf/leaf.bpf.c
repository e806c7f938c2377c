// SPDX-License-Identifier: GPL-2.0-only
/*
 * Global functions: steps that the verifier walks once, on their own, and not
 * again for each state that a caller may be in. A call costs 8 ns, so they are
 * what few packets need: the compare behind an equal tag, a new connection, CRC32c, and
 * what only dry runs do.
 */
#include "vmlinux.h"
#include "maps.h"
#include "crc32c.h"
#include "dry_run_record.h"
#include "leaf.h"
#include "ct_enter.h"

static __always_inline void ctx_loop(__u32 n, long (*look)(__u32 i, void *arg), void *arg)
{
	bpf_loop(n, look, arg, 0);
}

#include "ct_nat.h"
#include "microflow.h"

__noinline __u32 xvs_crc32c_shift(__u32 crc, __u32 n)
{
	return crc32c_shift(crc, n);
}

__noinline int xvs_flow_take(struct xvs_pkt *pkt, __u32 slot, __u32 subtable)
{
	return pkt ? flow_take(pkt, slot, subtable) : 0;
}

__noinline int xvs_dry_run_lookup(struct xvs_pkt *pkt, __u32 found)
{
	if (pkt)
		dry_run_lookup(pkt, found);
	return 0;
}

__noinline int xvs_dry_run_end(__u32 end)
{
	dry_run_end(end);
	return 0;
}

__noinline int xvs_dry_run_drop(struct xvs_pkt *pkt, __u32 reason)
{
	if (pkt)
		dry_run_drop(pkt, reason);
	return 0;
}

__noinline int xvs_dry_run_hand_up(struct xvs_pkt *pkt, __u32 slot)
{
	if (pkt)
		dry_run_hand_up(pkt, slot);
	return 0;
}

__noinline int xvs_dry_run_meter(struct xvs_pkt *pkt, __u32 slot)
{
	return pkt && dry_run_meter(pkt, slot);
}

__noinline int xvs_ct_nat(struct xvs_pkt *pkt)
{
	return pkt ? ct_nat_choose(pkt) : -XVS_DROP_NO_SCRATCH;
}
