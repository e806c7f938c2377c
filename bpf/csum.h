/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Internet checksum: incremental change (RFC 1624) and pseudo headers.
 *
 * Pure arithmetic on values in wire order; ones' complement sums do not depend
 * on the byte order of the machine.
 */
#ifndef BPF_CSUM_H
#define BPF_CSUM_H

#include "xvs/types.h"

static inline __attribute__((always_inline)) __u16 csum_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)sum;
}

/* The checksum 'csum' after a 32-bit word that it covers has changed. */
static inline __attribute__((always_inline)) __u16 csum_update32(__u16 csum, __be32 old_word,
								 __be32 new_word)
{
	return (__u16)~csum_fold((__u64)(__u16)~csum + (__u32)~old_word + new_word);
}

/* The same of a sum that is not complemented. */
static inline __attribute__((always_inline)) __u16 csum_add32(__u16 sum, __be32 old_word,
							      __be32 new_word)
{
	return csum_fold((__u64)sum + (__u32)~old_word + new_word);
}

/* The folded sum of a pseudo header, as a sender with checksum offload leaves
 * it in the checksum field. 'addrs' is the sum of the address words. */
static inline __attribute__((always_inline)) __u16 csum_pseudo(__u64 addrs, __u32 len, __u8 proto)
{
	return csum_fold(addrs + XVS_BE32(len) + XVS_BE32((__u32)proto));
}

#endif /* BPF_CSUM_H */
