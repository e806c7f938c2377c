/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random frames and random programs that fit them, for differential tests on
 * every hook. A seed gives the same sequence everywhere.
 */
#ifndef PROG_TESTS_RANDOM_H
#define PROG_TESTS_RANDOM_H

#include "../packet.h"
#include "xvs/action.h"

struct rng {
	__u64 state;
};

#define RANDOM_MAX_OPS 60
/* The slot of METER operations; no limit is set for it. */
#define RANDOM_METER 9

struct random_case {
	struct layer layers[MAX_LAYERS + 1];
	size_t pad;
	bool tagged, mpls;
	/* what ops can be made for */
	enum layer_kind l3, l4;
	bool nd_sll, nd_tll;
	struct xvs_op ops[RANDOM_MAX_OPS + 1]; /* ends with XVS_OP_UNSPEC */
};

__u32 rng_next(struct rng *r);
/* 0 <= result < n */
__u32 rng_below(struct rng *r, __u32 n);
/* A frame whose source address has 'index' in its last four bytes. */
void random_frame(struct rng *r, struct random_case *c, __u32 index);
/* A program for it with 1 to 'max_outputs' outputs, ports from 'first' on. */
void random_program(struct rng *r, struct random_case *c, __u32 max_outputs, __u32 first_port,
		    __u32 n_ports);
/* One line each. */
void random_describe(FILE *f, const struct random_case *c);

#endif /* PROG_TESTS_RANDOM_H */
