/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The seeded hash of key words, the same in BPF and in user space.
 *
 * After NH (Black et al., UMAC, 1999): 64 seed bits are added to each 64-bit
 * word, the halves of the sum are multiplied, and the products are added up. The
 * multiplications do not wait for each other, so six words cost little more
 * than one. For any two different keys the chance of a collision over the
 * seeds is about 2^-32 (NH adds to each half by itself; the carry between them
 * saves instructions and costs at most a factor of two there); the seeds are
 * drawn when the daemon starts, so that nobody can prepare colliding packets. A
 * final mix spreads the sum over all bits.
 */
#ifndef XVS_FLOW_HASH_H
#define XVS_FLOW_HASH_H

#include "xvs/flow_key.h"

static inline __attribute__((always_inline)) __u64 xvs_hash_word(__u64 word, __u64 seed)
{
	__u64 sum = word + seed;

	return (sum & 0xffffffff) * (sum >> 32);
}

static inline __attribute__((always_inline)) __u64 xvs_hash_finish(__u64 sum)
{
	sum ^= sum >> 29;
	sum *= 0xbf58476d1ce4e5b9ULL; /* splitmix64's multiplier */
	sum ^= sum >> 32;
	return sum;
}

#endif /* XVS_FLOW_HASH_H */
