// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which version of a flow a packet sees [I8].
 */
#include <errno.h>

#include "cache.h"
#include "ops.h"

static const struct layer udp4[] = {ETH,   TYPE(0x0800), IP4(.proto = PROTO_UDP),
				    UDP(), DATA(30),     {0}};
static const struct layer tcp4[] = {ETH,   TYPE(0x0800), IP4(.proto = PROTO_TCP),
				    TCP(), DATA(30),     {0}};

/* A packet of a flow that has a hint, and one of another; then so many in all have left
 * by each port. */
static void run_both(struct harness *t, enum xvs_hook hook, __u64 by_2, __u64 by_3)
{
	struct came c;

	run_layers(t, hook, udp4);
	run_layers(t, hook, tcp4);
	c = came(t);
	CHECK_EQ(t, c.tx[2], by_2);
	CHECK_EQ(t, c.tx[3], by_3);
}

/* [I8]: [from, to), with and without a hint from the version before. */
static void test_versions(struct harness *t, enum xvs_hook hook)
{
	struct xvs_flow_key key = {.in_port = PORT_IN};
	struct flow_arg next = {.key = &key, .verdict = XVS_VERDICT_OUTPUT, .out_port = 3};
	__u32 slot, version = dp_version(t->dp);
	struct came c;

	if (!test_start(t, "cache/%s/versions", hook_name(hook)))
		return;
	slot = put_output(t, &key, NULL, 2);
	run_layers(t, hook, udp4);
	run_layers(t, hook, udp4);
	/* A batch is prepared: the new entry is there, not yet in force. */
	next.version_from = version + 1;
	harness_flow(t, &next);
	dp_flow_end(t->dp, slot, version + 1);
	run_both(t, hook, 4, 0);
	dp_version_commit(t->dp);
	CHECK_EQ(t, dp_version(t->dp), version + 1);
	run_both(t, hook, 4, 2);
	CHECK_EQ(t, came(t).miss, 0);
	/* Ended without a successor: a miss, whatever hints there are. */
	dp_flow_end(t->dp, t->slots[t->n_slots - 1], version + 2);
	dp_version_commit(t->dp);
	run_layers(t, hook, udp4);
	c = came(t);
	CHECK_EQ(t, c.miss, 1);
	CHECK_EQ(t, c.tx[3], 2);
	test_end_flush(t);
}

/* [I8] in place: the same entry, found by the same hint, does something else. */
static void test_change(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op to_2[] = {SET_DST, OP_OUT_LAST(2)};
	struct xvs_flow_key key = {.in_port = PORT_IN}, mask = {.in_port = 0xffff};
	struct dp_flow_spec next = {
		.key = &key,
		.mask = &mask,
		.verdict = XVS_VERDICT_OUTPUT,
		.out_port = 3,
		.version_from = dp_version(t->dp) + 1,
	};
	__u32 slot;
	struct came c;

	if (!test_start(t, "cache/%s/change", hook_name(hook)))
		return;
	slot = put_output(t, &key, &mask, 2);
	run_layers(t, hook, udp4);
	CHECK_EQ(t, dp_flow_change(t->dp, slot, &next), 0);
	run_both(t, hook, 3, 0);
	dp_version_commit(t->dp);
	run_both(t, hook, 3, 2);
	/* And to a program, once no packet can be left in the version before. */
	next.verdict = XVS_VERDICT_PROGRAM;
	next.ops = to_2;
	next.n_ops = sizeof(to_2) / sizeof(to_2[0]);
	next.version_from++;
	CHECK_EQ(t, dp_flow_change(t->dp, slot, &next), -EBUSY);
	harness_grace(t);
	CHECK_EQ(t, dp_flow_change(t->dp, slot, &next), 0);
	run_layers(t, hook, udp4);
	dp_version_commit(t->dp);
	run_layers(t, hook, udp4);
	c = came(t);
	CHECK_EQ(t, c.tx[3], 3);
	CHECK_EQ(t, c.tx[2], 4);
	CHECK_EQ(t, c.miss, 0);
	test_end_flush(t);
}

/* A new entry alone is not seen before its version. */
static void test_not_yet(struct harness *t, enum xvs_hook hook)
{
	struct xvs_flow_key key = {.in_port = PORT_IN};
	struct flow_arg next = {.key = &key, .verdict = XVS_VERDICT_OUTPUT, .out_port = 3};
	struct came c;

	if (!test_start(t, "cache/%s/version-not-yet", hook_name(hook)))
		return;
	next.version_from = dp_version(t->dp) + 1;
	harness_flow(t, &next);
	run_layers(t, hook, udp4);
	c = came(t);
	CHECK_EQ(t, c.miss, 1);
	CHECK_EQ(t, c.tx[3], 0);
	dp_version_commit(t->dp);
	run_layers(t, hook, udp4);
	c = came(t);
	CHECK_EQ(t, c.miss, 1);
	CHECK_EQ(t, c.tx[3], 1);
	test_end_flush(t);
}

void test_cache_versions(struct harness *t, enum xvs_hook hook)
{
	test_versions(t, hook);
	test_change(t, hook);
	test_not_yet(t, hook);
}
