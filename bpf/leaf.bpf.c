// SPDX-License-Identifier: GPL-2.0-only
/*
 * Global functions: steps that the verifier walks once, on their own, and not
 * again for each state that a caller may be in. A call costs 8 ns, so they are
 * what few packets need: the compare behind an equal tag, and CRC32c.
 */
#include "vmlinux.h"
#include "maps.h"
#include "crc32c.h"
#include "leaf.h"
#include "microflow.h"

__noinline __u32 xvs_crc32c_shift(__u32 crc, __u32 n)
{
	return crc32c_shift(crc, n);
}

__noinline int xvs_flow_take(struct xvs_pkt *pkt, __u32 slot, __u32 subtable)
{
	return pkt ? flow_take(pkt, slot, subtable) : 0;
}
