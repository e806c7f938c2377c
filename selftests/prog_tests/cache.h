/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the tests of the flow cache share: flows put by hand, and what the packets
 * came to.
 */
#ifndef PROG_TESTS_CACHE_H
#define PROG_TESTS_CACHE_H

#include "harness.h"
#include "rows.h"

/* What the packets since the last call came to. */
struct came {
	__u64 micro, mega, miss, probed, tx[N_TEST_PORTS + 1];
};

struct came came(struct harness *t);
/* The packet's key as the program sees it: runs it as a miss. */
struct xvs_flow_key learn_key(struct harness *t, enum xvs_hook hook, const struct layer *layers);
/* Its slot; 'mask' NULL: the words that the key has. */
__u32 put_output(struct harness *t, const struct xvs_flow_key *key, const struct xvs_flow_key *mask,
		 __u16 out_port);

void test_buckets(struct harness *t, enum xvs_hook hook); /* cache_buckets.c */
void test_cache_versions(struct harness *t, enum xvs_hook hook); /* cache_versions.c */

#endif /* PROG_TESTS_CACHE_H */
