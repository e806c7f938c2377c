// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A flow's change in its place (xvs/flow_entry.h): which packet gets which action,
 * when the next change may come, and what becomes of the programs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "dp_fake.h"
#include "dp_private.h"

static const struct xvs_flow_key key = {.in_port = 1, .nw_proto = 17};
static const struct xvs_flow_key mask = {.in_port = 0xffff, .nw_proto = 0xff};

static struct dp *open_fake(void)
{
	const struct dp_options opt = {.flow_limit = 100};
	struct dp *dp = NULL;

	assert_int_equal(dp_open_fake(&opt, 1, &dp), 0);
	return dp;
}

static struct dp_flow_spec to_port(__u32 version, __u16 port_no)
{
	return (struct dp_flow_spec){
		.key = &key,
		.mask = &mask,
		.verdict = XVS_VERDICT_OUTPUT,
		.out_port = port_no,
		.version_from = version,
	};
}

static struct dp_flow_spec to_program(__u32 version, const struct xvs_op *op)
{
	return (struct dp_flow_spec){
		.key = &key,
		.mask = &mask,
		.verdict = XVS_VERDICT_PROGRAM,
		.ops = op,
		.n_ops = 1,
		.version_from = version,
	};
}

static struct xvs_op output(__u32 port_no)
{
	return (struct xvs_op){.kind = XVS_OP_OUTPUT, .flags = XVS_OP_F_LAST, .port_no = port_no};
}

static const struct xvs_flow_action *action_in(const struct dp *dp, __u32 slot, __u32 version)
{
	const struct xvs_flow *f = &dp->t.flows[slot];

	return &f->action[xvs_flow_turn(XVS_READ_ONCE(f->turn), version)];
}

static __u32 put(struct dp *dp, struct dp_flow_spec spec)
{
	__u32 slot = 0;

	assert_int_equal(dp_flow_put(dp, &spec, &slot), 0);
	return slot;
}

static int change(struct dp *dp, __u32 slot, struct dp_flow_spec spec)
{
	return dp_flow_change(dp, slot, &spec);
}

static void grace(struct dp *dp)
{
	dp_grace_begin(dp);
	dp_grace_end(dp, NULL, NULL);
}

static void each_version_has_its_action(void **state)
{
	struct dp *dp = open_fake();
	__u32 v = dp_version(dp), slot = put(dp, to_port(v, 2));
	__u32 generation = dp->t.flows[slot].generation;

	for (__u32 i = 0; i < 10; i++, v++) {
		assert_int_equal(change(dp, slot, to_port(v + 1, (__u16)(3 + i))), 0);
		assert_int_equal(action_in(dp, slot, v)->target, 2 + i);
		assert_int_equal(action_in(dp, slot, v + 1)->target, 3 + i);
		dp_version_commit(dp);
		grace(dp);
	}
	/* Hints and hand-overs go on. */
	assert_int_equal(dp->t.flows[slot].generation, generation);
	assert_int_equal(dp->t.flows[slot].version_to, XVS_VERSION_MAX);
	assert_int_equal(dp_n_flows(dp), 1);
	dp_close(dp);
}

static void second_change_waits_for_a_grace_period_behind_the_commit(void **state)
{
	struct dp *dp = open_fake();
	__u32 v = dp_version(dp), slot = put(dp, to_port(v, 2));

	assert_int_equal(change(dp, slot, to_port(v + 1, 3)), 0);
	assert_int_equal(change(dp, slot, to_port(v + 1, 4)), -EBUSY);
	dp_version_commit(dp);
	assert_int_equal(change(dp, slot, to_port(v + 2, 4)), -EBUSY);
	dp_grace_begin(dp);
	assert_int_equal(change(dp, slot, to_port(v + 2, 4)), -EBUSY);
	assert_int_equal(action_in(dp, slot, v + 2)->target, 3);
	dp_grace_end(dp, NULL, NULL);
	assert_int_equal(change(dp, slot, to_port(v + 2, 4)), 0);
	dp_close(dp);
}

/* One that began before the commit has let packets of the old version begin. */
static void grace_period_that_began_earlier_is_not_enough(void **state)
{
	struct dp *dp = open_fake();
	__u32 v = dp_version(dp), slot = put(dp, to_port(v, 2)), other;
	struct xvs_flow_key key_2 = {.in_port = 2, .nw_proto = 17};
	struct dp_flow_spec spec = to_port(v, 2);

	spec.key = &key_2;
	other = put(dp, spec);
	dp_flow_remove(dp, other);
	dp_grace_begin(dp);
	assert_int_equal(change(dp, slot, to_port(v + 1, 3)), 0);
	dp_version_commit(dp);
	dp_grace_end(dp, NULL, NULL);
	assert_int_equal(change(dp, slot, to_port(v + 2, 4)), -EBUSY);
	grace(dp);
	assert_int_equal(change(dp, slot, to_port(v + 2, 4)), 0);
	dp_close(dp);
}

static void programs_stay_as_long_as_packets_may_run_them(void **state)
{
	const struct xvs_op a = output(3), b = output(4);
	struct dp *dp = open_fake();
	__u32 v = dp_version(dp), n_free = dp->blocks.n_free;
	__u32 slot = put(dp, to_program(v, &a));
	__u16 block = action_in(dp, slot, v)->target;

	assert_int_equal(change(dp, slot, to_program(v + 1, &b)), 0);
	assert_int_equal(dp->blocks.n_free, n_free - 2);
	dp_version_commit(dp);
	dp_grace_begin(dp);
	assert_int_equal(dp->blocks.n_free, n_free - 2);
	assert_int_equal(dp->t.blocks[block].op[0].port_no, 3);
	dp_grace_end(dp, NULL, NULL);
	assert_int_equal(dp->blocks.n_free, n_free - 1);

	/* To one without a program; a flow that goes gives back the newest only. */
	assert_int_equal(change(dp, slot, to_port(v + 2, 5)), 0);
	dp_version_commit(dp);
	dp_flow_remove(dp, slot);
	grace(dp);
	assert_int_equal(dp->blocks.n_free, n_free);
	dp_close(dp);
}

static void refused_change_leaves_the_flow(void **state)
{
	struct dp *dp = open_fake();
	__u32 v = dp_version(dp), slot = put(dp, to_port(v, 2)), n_free;
	struct xvs_op op = output(3);

	assert_int_equal(change(dp, slot, to_port(v + 1, 0)), -EINVAL);
	n_free = dp->blocks.n_free;
	dp->blocks.n_free = 0;
	assert_int_equal(change(dp, slot, to_program(v + 1, &op)), -ENOBUFS);
	dp->blocks.n_free = n_free;
	assert_int_equal(action_in(dp, slot, v + 1)->target, 2);
	assert_int_equal(change(dp, slot, to_port(v + 1, 3)), 0);
	dp_close(dp);
}

/* Versions go on where 'turn' cannot: what has changed by then stays as it is. */
static void no_change_is_made_that_cannot_be_said(void **state)
{
	struct dp *dp = open_fake();
	__u32 slot, v = XVS_FLOW_TURN_MAX - 1;

	dp->t.control->version = dp->settled_version = v;
	slot = put(dp, to_port(v, 2));
	assert_int_equal(change(dp, slot, to_port(v + 1, 3)), 0);
	dp_version_commit(dp);
	grace(dp);
	assert_int_equal(change(dp, slot, to_port(v + 2, 4)), -EBUSY);
	dp_version_commit(dp);
	assert_int_equal(action_in(dp, slot, v)->target, 2);
	assert_int_equal(action_in(dp, slot, v + 1)->target, 3);
	assert_int_equal(action_in(dp, slot, v + 2)->target, 3);
	assert_int_equal(action_in(dp, slot, XVS_VERSION_MAX)->target, 3);
	dp_close(dp);
}

/* A reader on another thread, for which the action tells the version. */
struct reader {
	struct dp *dp;
	__u32 slot;
	__u64 rounds, n_wrong;
	bool stop;
};

static __u16 port_of(__u32 version)
{
	return (__u16)(1 + version % 1000);
}

static void *reader_main(void *aux)
{
	struct reader *r = aux;

	while (!__atomic_load_n(&r->stop, __ATOMIC_ACQUIRE)) {
		for (int i = 0; i < 100; i++) {
			__u32 v = __atomic_load_n(&r->dp->t.control->version, __ATOMIC_ACQUIRE);

			if (i % 10 == 0)
				sched_yield();
			r->n_wrong += action_in(r->dp, r->slot, v)->target != port_of(v);
		}
		__atomic_store_n(&r->rounds, r->rounds + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void reader_goes_by_one_version_while_flows_change(void **state)
{
	struct reader r = {.dp = open_fake()};
	__u32 v = dp_version(r.dp), n_busy = 0;
	pthread_t thread;

	r.slot = put(r.dp, to_port(v, port_of(v)));
	assert_int_equal(pthread_create(&thread, NULL, reader_main, &r), 0);
	for (int i = 0; i < 3000; i++, v++) {
		__u64 begin;

		n_busy += change(r.dp, r.slot, to_port(v + 1, port_of(v + 1))) == -EBUSY;
		dp_version_commit(r.dp);
		dp_grace_begin(r.dp);
		begin = __atomic_load_n(&r.rounds, __ATOMIC_ACQUIRE);
		while (__atomic_load_n(&r.rounds, __ATOMIC_ACQUIRE) < begin + 2)
			sched_yield();
		dp_grace_end(r.dp, NULL, NULL);
	}
	__atomic_store_n(&r.stop, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	assert_int_equal(n_busy, 0);
	assert_int_equal(r.n_wrong, 0);
	dp_close(r.dp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_version_has_its_action),
		cmocka_unit_test(second_change_waits_for_a_grace_period_behind_the_commit),
		cmocka_unit_test(grace_period_that_began_earlier_is_not_enough),
		cmocka_unit_test(programs_stay_as_long_as_packets_may_run_them),
		cmocka_unit_test(refused_change_leaves_the_flow),
		cmocka_unit_test(no_change_is_made_that_cannot_be_said),
		cmocka_unit_test(reader_goes_by_one_version_while_flows_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
