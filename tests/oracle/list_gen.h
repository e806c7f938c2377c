/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random lists of actions for rules and buckets of pipeline_gen.h: what they may
 * lead to depends on where they stand, so that nothing comes back to where it was.
 */
#ifndef TESTS_LIST_GEN_H
#define TESTS_LIST_GEN_H

#include "pipeline_gen.h"

#define PIPELINE_N_TABLES 7
#define PIPELINE_FIRST_BUCKET_TABLE 5 /* buckets resubmit to these; their rules use no group */
#define PIPELINE_N_GROUPS 4
#define PIPELINE_N_METERS 2
#define PIPELINE_LOCAL_NO 6
#define PIPELINE_PATCH_NO 7
#define PIPELINE_PEER_FIRST_NO 11
#define PIPELINE_PEER_PATCH_NO 17

/* Where a list stands: what it may do. */
struct list_place {
	bool peer; /* the second switch: it sends nothing back */
	bool bucket;
	__u8 table_id;
	__u32 group_id; /* groups above may be used */
	unsigned int depth; /* of clones */
	__u32 meter; /* the list begins with it; 0: with none */
};

void list_gen(uint64_t *seed, struct ofacts *list, const struct list_place *at);
/* One of few, so that what is written is read. */
enum field_id gen_register(uint64_t *seed);

#endif /* TESTS_LIST_GEN_H */
