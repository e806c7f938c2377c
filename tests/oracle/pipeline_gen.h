/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random pipelines: two switches joined by a patch port, tables that lead on to
 * later ones, groups, meters, copies in copies, values that go through registers
 * and the stack. For property tests.
 */
#ifndef TESTS_PIPELINE_GEN_H
#define TESTS_PIPELINE_GEN_H

#include "flow_gen.h"
#include "interpreter.h"

/* Fills 'in' with switches and rules; pipeline_free() ends them. */
void pipeline_gen(uint64_t *seed, struct interpreter *in);
void pipeline_free(struct interpreter *in);
/* As text, for whoever has to find the fault. */
void pipeline_show(const struct interpreter *in);

/* gen_packet, and MPLS packets: what is behind their label is in 'hidden'. */
void pipeline_gen_packet(uint64_t *seed, struct flow_key *key, struct plain_hidden *hidden);

#endif /* TESTS_PIPELINE_GEN_H */
