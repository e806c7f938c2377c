// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a device lost beyond what the ledger has (loader/port/losses.c).
 */
#include "test.h"

#include "losses.h"

/* The two counters and the port's own additions, as the world has them. */
struct world {
	struct losses l;
	__u64 device;
	__u64 ledger;
	__u64 unseen;
};

static struct losses_reading still(const struct world *w)
{
	return (struct losses_reading){w->ledger, w->device, w->ledger, w->unseen};
}

static struct world world(__u64 device, __u64 ledger)
{
	struct world w = {.device = device, .ledger = ledger};
	struct losses_reading now = still(&w);

	losses_begin(&w.l, &now);
	return w;
}

/* A reading while nothing happens; what it adds goes into the ledger. */
static __u64 read_still(struct world *w)
{
	struct losses_reading now = still(w);
	__u64 n = losses_count(&w->l, &now);

	w->ledger += n;
	return n;
}

TEST(losses, the_past_is_not_counted)
{
	struct world w = world(1000, 7);

	assert_int_equal(read_still(&w), 0);
	assert_int_equal(w.ledger, 7);
}

TEST(losses, of_the_device_alone_are_counted_once)
{
	struct world w = world(1000, 7);

	w.device += 10;
	assert_int_equal(read_still(&w), 10);
	assert_int_equal(read_still(&w), 0);
	w.device += 1;
	assert_int_equal(read_still(&w), 1);
	assert_int_equal(read_still(&w), 0);
	assert_int_equal(w.ledger, 18);
}

TEST(losses, of_both_are_the_ledgers)
{
	struct world w = world(0, 0);

	w.device += 10;
	w.ledger += 10;
	assert_int_equal(read_still(&w), 0);
	w.device += 5;
	w.ledger += 2;
	assert_int_equal(read_still(&w), 3);
	assert_int_equal(w.ledger, 15);
}

TEST(losses, of_the_ledger_alone_do_not_hide_later_ones)
{
	struct world w = world(0, 0);

	w.ledger += 10;
	assert_int_equal(read_still(&w), 0);
	w.device += 10;
	assert_int_equal(read_still(&w), 10);
	assert_int_equal(w.ledger, 20);
}

TEST(losses, that_port_tx_saw_do_not_hide_others)
{
	struct world w = world(0, 0);

	w.ledger += 1;
	w.unseen += 1;
	w.device += 9;
	assert_int_equal(read_still(&w), 9);
	assert_int_equal(w.ledger, 10);
}

/* A redirect's loss reaches the ledger after the device was read. */
TEST(losses, on_their_way_to_the_ledger_even_out)
{
	struct world w = world(0, 0);

	w.device += 3;
	assert_int_equal(read_still(&w), 3);
	w.ledger += 3;
	assert_int_equal(read_still(&w), 0);
	w.device += 4;
	assert_int_equal(read_still(&w), 1);
	assert_int_equal(w.ledger, w.device);
}

/* Losses of both counters between the reading of the device and of the ledger. */
TEST(losses, between_the_two_readings_are_not_counted_again)
{
	struct world w = world(0, 0);
	struct losses_reading now = {.ledger_before = 0, .device = 0, .ledger_after = 100};

	assert_int_equal(losses_count(&w.l, &now), 0);
	w.device = w.ledger = 100;
	assert_int_equal(read_still(&w), 0);
	w.device += 1;
	assert_int_equal(read_still(&w), 1);
}

TEST(losses, a_counter_that_fell_is_a_new_beginning)
{
	struct world w = world(1000, 7);

	w.device = 3;
	assert_int_equal(read_still(&w), 0);
	w.device = 5;
	assert_int_equal(read_still(&w), 2);
	w.ledger = 0; /* the number has a new owner */
	w.device += 4;
	assert_int_equal(read_still(&w), 0);
	w.device += 4;
	assert_int_equal(read_still(&w), 4);
}

/* Losses of all kinds that the device sees, read at random moments, also in
 * the middle of one: in the end the ledger has what the device has. */
TEST(losses, random_readings_end_exact)
{
	uint64_t seed = test_seed(13);

	for (int run = 0; run < 2000; run++) {
		struct world w = world(test_below(&seed, 100), test_below(&seed, 100));
		__u64 offset = w.device - w.ledger;

		for (int i = 0; i < 50; i++) {
			__u64 both = test_below(&seed, 40);
			struct losses_reading now;
			__u64 n;

			w.device += test_below(&seed, 3) ? 0 : test_below(&seed, 1000);
			w.unseen += 1;
			w.ledger += 1;
			offset -= 1;
			now = still(&w);
			w.device += both;
			w.ledger += both;
			now.ledger_after = w.ledger;
			n = losses_count(&w.l, &now);
			w.ledger += n;
			if (w.ledger + offset > w.device)
				fail_msg("run %d: a loss was counted twice", run);
		}
		read_still(&w);
		assert_int_equal(w.ledger + offset, w.device);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(losses, the_past_is_not_counted),
		TEST_ROW(losses, of_the_device_alone_are_counted_once),
		TEST_ROW(losses, of_both_are_the_ledgers),
		TEST_ROW(losses, of_the_ledger_alone_do_not_hide_later_ones),
		TEST_ROW(losses, that_port_tx_saw_do_not_hide_others),
		TEST_ROW(losses, on_their_way_to_the_ledger_even_out),
		TEST_ROW(losses, between_the_two_readings_are_not_counted_again),
		TEST_ROW(losses, a_counter_that_fell_is_a_new_beginning),
		TEST_ROW(losses, random_readings_end_exact),
	};

	return cmocka_run_group_tests_name("losses", tests, NULL, NULL);
}
