/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How random pipelines are written: pipeline.c has the pipeline and its packets,
 * pipeline_rules.c its tables, pipeline_groups.c its groups, pipeline_list.c lists
 * of actions, pipeline_change.c those of them that change the packet.
 */
#ifndef OVS_PIPELINE_PRIVATE_H
#define OVS_PIPELINE_PRIVATE_H

#include "pipeline.h"
#include "table_kind.h"

#define GROUPS 6 /* of each switch: 1 to 6 */
/* Registers that are used: few, so that rules find what others wrote. The one behind
 * them holds a port to output to. */
#define PIPELINE_REGS 6

/* What a list of actions may rely on, as far as it is written. */
enum known_tag {
	TAG_UNKNOWN,
	TAG_THERE,
	TAG_NONE,
};

struct action_gen {
	struct pipeline *p;
	struct strbuf *out;
	unsigned int bridge, table;
	struct match now; /* prerequisites: what the match says, and label actions after it */
	enum known_tag tag;
	bool bucket; /* no match is known, and not every action can be there */
	unsigned int depth; /* of clone */
	unsigned int n_actions;
};

/* "name:..." and its comma. */
void gen_action(struct action_gen *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A change of the packet, of registers or of the stack. */
void gen_change(struct action_gen *g);
void gen_output(struct action_gen *g);
/* Changes, outputs and ways to other tables, as a rule of table 'table' has them. */
void gen_list(struct action_gen *g);

/* Groups 1 to GROUPS of a switch. 0 or -ENOMEM, -ENOSPC, here and below. */
int pipeline_add_groups(struct pipeline *p, unsigned int bridge);
/* Fills 'p' with tables, groups and all. */
int pipeline_fill(struct pipeline *p);

#endif /* OVS_PIPELINE_PRIVATE_H */
