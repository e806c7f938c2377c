/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a program has to do to a frame, by execute_ref, and the comparison with
 * what came out of the devices. Used by actions.c, live.c and differential.c.
 */
#ifndef PROG_TESTS_EXPECT_H
#define PROG_TESTS_EXPECT_H

#include "execute_ref.h"
#include "harness.h"

#define EXPECT_MAX_OUT 480

struct expect_out {
	__u16 port_no;
	size_t len;
	__u8 *data;
};

struct expect {
	enum xvs_drop_reason drop;
	size_t n;
	struct expect_out out[EXPECT_MAX_OUT];
	/* For a controller; the port_no is the operation's 'arg', cut. */
	size_t n_copies;
	struct expect_out copy[EXPECT_MAX_OUT];
	size_t used;
	__u8 room[1 << 20];
	bool overflow; /* more output than there is room: a mistake of the test */
};

/* Runs the reference on a copy of the frame. */
void expect_program(struct expect *e, const __u8 *data, size_t len, const struct xvs_op *ops);
/* What run_layers() has sent was sent on as 'ops' say: the frame of their last
 * output, which is what a test run shows. */
void expect_sent(struct harness *t, struct expect *e, const struct xvs_op *ops);
/* Receives the first 'n' outputs at the ports' peers and compares, in order for
 * each port; then nothing more may be there. */
void expect_captured(struct harness *t, const struct expect *e, size_t n);
/* Takes what is in the ring: the copies for a controller, in order, and nothing
 * else. */
void expect_copies(struct harness *t, const struct expect *e);
/* Waits until 'port_no' has counted 'n' packets since test_start(). */
bool wait_received(struct harness *t, __u16 port_no, __u64 n);
/* Whether the kernel's check behind a test run with CHECKSUM_COMPLETE can be asked: a
 * test run is not at TC ingress, so that the helpers count a tag that is pushed into
 * the frame as part of the sum, which the check leaves out. At most one tag then, and
 * that beside the frame; nor is a label taken away, which pushes and pops tags. */
bool ops_keep_sum(const struct xvs_op *ops);
bool ops_have(const struct xvs_op *ops, enum xvs_op_kind first, enum xvs_op_kind last);

#endif /* PROG_TESTS_EXPECT_H */
