// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Slots of ct() actions: equal ones share, what is referred to stays, and what is not
 * lingers before its slot is another's.
 */
#include "ct_action_table.h"

#include "recirc.h"
#include "test.h"

/* The datapath, as far as the table writes to it. */
static struct {
	struct xvs_ct_action slot[XVS_MAX_CT_ACTIONS];
	unsigned int writes;
} dp;

static void write_slot(void *aux, __u32 slot, const struct xvs_ct_action *action)
{
	assert_ptr_equal(aux, &dp);
	assert_true(slot && slot < XVS_MAX_CT_ACTIONS);
	dp.slot[slot] = *action;
	dp.writes++;
}

static struct ct_action_table *create(void)
{
	struct ct_action_table *t;

	memset(&dp, 0, sizeof(dp));
	assert_int_equal(ct_action_table_create(write_slot, &dp, &t), 0);
	return t;
}

static struct ct_action *intern(struct ct_action_table *t, __u32 recirc_id, __u64 now_ms)
{
	const struct xvs_ct_action what = {.recirc_id = recirc_id, .zone = 5};

	return ct_action_intern(t, &what, now_ms);
}

TEST(ct_action_table, equal_actions_share_a_slot_that_is_written_once)
{
	struct ct_action_table *t = create();
	struct ct_action *a = intern(t, 1, 1000), *b = intern(t, 2, 1000);

	assert_non_null(a);
	assert_non_null(b);
	assert_int_not_equal(a->slot, b->slot);
	assert_ptr_equal(intern(t, 1, 1001), a);
	assert_int_equal(dp.writes, 2);
	assert_int_equal(dp.slot[a->slot].recirc_id, 1);
	assert_int_equal(ct_action_find(t, b->slot)->recirc_id, 2);
	assert_null(ct_action_find(t, 0));
	assert_null(ct_action_find(t, XVS_MAX_CT_ACTIONS));
	assert_int_equal(ct_action_count(t), 2);
	ct_action_table_destroy(t);
}

TEST(ct_action_table, what_is_referred_to_stays_and_the_rest_lingers)
{
	struct ct_action_table *t = create();
	struct ct_action *kept = ct_action_get(intern(t, 1, 1000)), *idle = intern(t, 2, 1000);
	__u32 slot = idle->slot;

	ct_action_expire(t, 1000 + RECIRC_LINGER_MS - 1);
	assert_ptr_equal(ct_action_find(t, slot), &idle->what);
	/* It was asked for again: anew. */
	assert_ptr_equal(intern(t, 2, 2000), idle);
	ct_action_expire(t, 2000 + RECIRC_LINGER_MS - 1);
	assert_non_null(ct_action_find(t, slot));
	ct_action_expire(t, 2000 + RECIRC_LINGER_MS);
	assert_null(ct_action_find(t, slot));
	assert_non_null(ct_action_find(t, kept->slot));
	slot = kept->slot;
	ct_action_put(kept);
	ct_action_expire(t, 90000); /* finds that nobody refers to it */
	assert_non_null(ct_action_find(t, slot));
	ct_action_expire(t, 90000 + RECIRC_LINGER_MS);
	assert_null(ct_action_find(t, slot));
	assert_int_equal(ct_action_count(t), 0);
	ct_action_table_destroy(t);
}

TEST(ct_action_table, a_slot_is_anothers_as_late_as_can_be)
{
	struct ct_action_table *t = create();
	__u32 first = intern(t, 1, 1000)->slot;

	ct_action_expire(t, 1000 + RECIRC_LINGER_MS);
	for (__u32 i = 2; i < XVS_MAX_CT_ACTIONS; i++)
		assert_int_not_equal(intern(t, i, 9000)->slot, first);
	assert_int_equal(intern(t, XVS_MAX_CT_ACTIONS, 9000)->slot, first);
	ct_action_table_destroy(t);
}

TEST(ct_action_table, a_full_table_says_so)
{
	struct ct_action_table *t = create();

	for (__u32 i = 1; i < XVS_MAX_CT_ACTIONS; i++)
		assert_non_null(intern(t, i, 1000));
	assert_null(intern(t, 0, 1000));
	assert_non_null(intern(t, 7, 1000)); /* an equal one needs no room */
	ct_action_expire(t, 1000 + RECIRC_LINGER_MS);
	assert_int_equal(ct_action_count(t), 0);
	assert_non_null(intern(t, 0, 9000));
	ct_action_table_destroy(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(ct_action_table, equal_actions_share_a_slot_that_is_written_once),
		TEST_ROW(ct_action_table, what_is_referred_to_stays_and_the_rest_lingers),
		TEST_ROW(ct_action_table, a_slot_is_anothers_as_late_as_can_be),
		TEST_ROW(ct_action_table, a_full_table_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
