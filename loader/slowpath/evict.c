// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The histogram of ages; see evict.h.
 */
#include "evict.h"

/* Buckets are 1 ms wide up to here, and a power of two from here on. */
#define LINEAR 8

static unsigned int bucket_of(__u64 age_ms)
{
	unsigned int shift, b;

	if (age_ms < LINEAR)
		return (unsigned int)age_ms;
	shift = 63 - (unsigned int)__builtin_clzll(age_ms) - 3;
	b = (shift + 1) * LINEAR + (unsigned int)(age_ms >> shift) % LINEAR;
	return b < EVICT_BUCKETS ? b : EVICT_BUCKETS - 1;
}

static __u64 youngest_of(unsigned int bucket)
{
	if (bucket < LINEAR)
		return bucket;
	return (__u64)(LINEAR + bucket % LINEAR) << (bucket / LINEAR - 1);
}

__u64 evict_age_ms(__u64 idle_ms, __u64 packets)
{
	return packets > 1 ? idle_ms : idle_ms * EVICT_ONCE;
}

void evict_note(struct evict_ages *a, __u64 age_ms)
{
	a->n[bucket_of(age_ms)]++;
}

__u64 evict_threshold_ms(const struct evict_ages *a, __u32 n)
{
	__u64 older = 0;

	for (unsigned int b = EVICT_BUCKETS; b-- > 0;) {
		older += a->n[b];
		if (older >= n)
			return youngest_of(b);
	}
	return 0;
}
