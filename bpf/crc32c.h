/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CRC32c by difference, for SCTP's checksum.
 *
 * A CRC without its initial value and final inversion is linear over GF(2):
 * when 'd' is the exclusive or of old and new word, and n bytes follow the word
 * up to the end of what the CRC covers, then
 *
 *   new CRC = old CRC ^ d * x^(32 + 8n) mod P
 *
 * Values are bit-reflected as the CRC is: the highest bit is x^0. So a change
 * costs up to 17 multiplications of 32 steps and does not depend on the
 * packet's size.
 */
#ifndef BPF_CRC32C_H
#define BPF_CRC32C_H

#include "xvs/types.h"

#define CRC32C_POLY 0x82f63b78U
#define CRC32C_POWERS 16

/* x^(8 * 2^k) mod P */
static const __u32 crc32c_power[CRC32C_POWERS] = {
	0x00800000, 0x00008000, 0x82f63b78, 0x6ea2d55c, 0x18b8ea18, 0x510ac59a,
	0xb82be955, 0xb8fdb1e7, 0x88e56f72, 0x74c360a4, 0xe4172b16, 0x0d65762a,
	0x35d73a62, 0x28461564, 0xbf455269, 0xe2ea32dc,
};

static inline __attribute__((always_inline)) __u32 crc32c_multiply(__u32 a, __u32 b)
{
	__u32 product = 0;
	int i;

	for (i = 0; i < 32; i++) {
		product ^= b & -(a >> 31);
		a <<= 1;
		b = (b >> 1) ^ (CRC32C_POLY & -(b & 1));
	}
	return product;
}

/* 'crc' * x^(8n) mod P; 'n' below 65,536. */
static inline __attribute__((always_inline)) __u32 crc32c_shift(__u32 crc, __u32 n)
{
	int k;

	for (k = 0; k < CRC32C_POWERS; k++) {
		if (n & (1U << k))
			crc = crc32c_multiply(crc, crc32c_power[k]);
	}
	return crc;
}

#endif /* BPF_CRC32C_H */
