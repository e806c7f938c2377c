/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Admission to the slow path: a token bucket for each port, in packets and in
 * bytes, so that one port's storm of misses cannot take the daemon from the
 * others.
 *
 * A bucket is one 64-bit word: the time of the last refill (low 32 bits of
 * jiffies) and the tokens, changed by compare-and-swap. When that fails again
 * and again the packet is admitted: a few too many are harmless.
 */
#ifndef BPF_ADMISSION_H
#define BPF_ADMISSION_H

#include "ctx.h"
#include "pkt.h"
#include "xvs/config.h"

#define ADMISSION_TRIES 3
#define ADMISSION_SCALE 1024 /* tokens of one packet; bytes in a kilobyte */
#define ADMISSION_MAX_S 64 /* refill of a longer rest; keeps the product in 64 bits */
#define ADMISSION_MAX_TOKENS 0xffffffffULL

struct admission_rate {
	__u64 per_s;
	__u64 burst;
};

/* In tokens, from the units of struct xvs_admission; a burst of 0 is one second's. */
static __always_inline struct admission_rate admission_rate(__u32 per_s, __u32 burst)
{
	struct admission_rate rate = {
		.per_s = (__u64)per_s * ADMISSION_SCALE,
		.burst = (__u64)(burst ? burst : per_s) * ADMISSION_SCALE,
	};

	if (rate.burst > ADMISSION_MAX_TOKENS)
		rate.burst = ADMISSION_MAX_TOKENS;
	return rate;
}

static __always_inline bool admission_take(__u64 *bucket, struct admission_rate rate, __u64 cost)
{
	__u32 now = ctx_jiffies();
	__u64 hz = config()->hz;
	int i;

	if (!rate.per_s || !hz)
		return true;
	for (i = 0; i < ADMISSION_TRIES; i++) {
		__u64 old = XVS_READ_ONCE(*bucket);
		__u64 elapsed = (__u32)(now - (__u32)(old >> 32));
		__u64 stamp = now;
		__u64 refill, tokens;

		if (!old || elapsed > ADMISSION_MAX_S * hz)
			elapsed = ADMISSION_MAX_S * hz;
		refill = elapsed * rate.per_s / hz;
		if (!refill) /* or a slow rate would never add up to a token */
			stamp = old >> 32;
		tokens = (__u32)old + refill;
		if (tokens > rate.burst)
			tokens = rate.burst;
		if (tokens < cost)
			return false;
		if (__sync_val_compare_and_swap(bucket, old, stamp << 32 | (tokens - cost)) == old)
			return true;
	}
	return true;
}

static __always_inline bool admission_admits(const struct xvs_pkt *pkt)
{
	struct xvs_admission *port = table_admission(pkt->port_no);

	if (!port)
		return true;
	return admission_take(&port->pkts, admission_rate(port->pkts_per_s, port->burst_pkts),
			      ADMISSION_SCALE) &&
	       admission_take(&port->bytes, admission_rate(port->kbytes_per_s, port->burst_kbytes),
			      pkt->len);
}

#endif /* BPF_ADMISSION_H */
