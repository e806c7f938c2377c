// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The queues of upcalls: whose turn it is, what order records keep, who loses
 * when there is no room; and the invariants of upcall_queue.h over random runs.
 */
#include "test.h"
#include "upcall_queue.h"

#define MAX_LEN XVS_UPCALL_CLASS3

static union {
	struct xvs_upcall up;
	__u8 bytes[sizeof(struct xvs_upcall) + MAX_LEN];
} record;

/* What was lost, by port, and the last one of it. */
struct losses {
	int n[XVS_MAX_PORTS];
	int all;
	__u64 last;
};

static void note_loss(void *aux, const struct xvs_upcall *up)
{
	struct losses *l = aux;

	l->n[up->port_no]++;
	l->all++;
	l->last = up->hash;
}

static void fill(__u16 port_no, __u32 len, __u64 id)
{
	memset(&record.up, 0, sizeof(record.up));
	record.up.port_no = port_no;
	record.up.len = len;
	record.up.hash = id;
	for (__u32 i = 0; i < len; i++)
		record.up.frame[i] = (__u8)(id + i * 7 + (i >> 8));
}

static bool is_whole(const struct xvs_upcall *up)
{
	for (__u32 i = 0; i < up->len; i++)
		if (up->frame[i] != (__u8)(up->hash + i * 7 + (i >> 8)))
			return false;
	return true;
}

static void push(struct upcall_queue *q, __u16 port_no, __u32 len, __u64 id, struct losses *l)
{
	fill(port_no, len, id);
	upcall_queue_push(q, &record.up, note_loss, l);
}

static struct upcall_queue *make(__u32 chunks, __u32 port_chunks, __u32 port_records)
{
	struct upcall_queue *q =
		upcall_queue_create(&(struct upcall_queue_size){chunks, port_chunks, port_records});

	assert_non_null(q);
	return q;
}

TEST(upcall_queue, a_port_is_first_in_first_out)
{
	static const __u32 lens[] = {0, 14, 288, 289, 1514, 9014, 60000, MAX_LEN};
	struct upcall_queue *q = make(UPCALL_QUEUE_CHUNKS, UPCALL_QUEUE_PORT_CHUNKS, 100);
	const size_t n = sizeof(lens) / sizeof(lens[0]);
	struct losses l = {0};

	assert_null(upcall_queue_pop(q));
	for (size_t i = 0; i < n; i++)
		push(q, 1, lens[i], i, &l);
	for (size_t i = 0; i < n; i++) {
		const struct xvs_upcall *next = upcall_queue_peek(q);
		__u64 hash = next ? next->hash : 0;
		const struct xvs_upcall *up = upcall_queue_pop(q);

		assert_non_null(next);
		assert_int_equal(hash, i);
		assert_non_null(up);
		assert_int_equal(up->hash, i);
		assert_int_equal(up->len, lens[i]);
		assert_true(is_whole(up));
	}
	assert_null(upcall_queue_pop(q));
	assert_true(upcall_queue_is_empty(q));
	assert_int_equal(l.all, 0);
	upcall_queue_destroy(q);
}

TEST(upcall_queue, a_flood_delays_others_by_one_record)
{
	struct upcall_queue *q = make(UPCALL_QUEUE_CHUNKS, UPCALL_QUEUE_PORT_CHUNKS, 2048);
	struct losses l = {0};

	for (__u64 i = 0; i < 2000; i++)
		push(q, 1, 60, i, &l);
	push(q, 1023, 60, 7000, &l);
	push(q, 1023, 60, 7001, &l);
	assert_int_equal(upcall_queue_pop(q)->port_no, 1);
	assert_int_equal(upcall_queue_pop(q)->hash, 7000);
	assert_int_equal(upcall_queue_pop(q)->port_no, 1);
	assert_int_equal(upcall_queue_pop(q)->hash, 7001);
	for (__u64 i = 2; i < 2000; i++)
		assert_int_equal(upcall_queue_pop(q)->hash, i);
	assert_null(upcall_queue_pop(q));
	upcall_queue_destroy(q);
}

TEST(upcall_queue, a_full_port_loses_its_newest)
{
	struct upcall_queue *q = make(1000, 500, 10);
	struct upcall_queue_stats st;
	struct losses l = {0};

	for (__u64 i = 0; i < 30; i++)
		push(q, 1, 60, i, &l);
	push(q, 2, 60, 100, &l);
	assert_int_equal(l.n[1], 20);
	assert_int_equal(l.last, 29);
	assert_int_equal(l.n[2], 0);
	upcall_queue_stats(q, &st);
	assert_int_equal(st.records, 11);
	assert_int_equal(st.chunks, 11);
	assert_int_equal(st.ports, 2);
	assert_int_equal(st.lost, 20);
	/* By bytes: 5 chunks more than the port may have. */
	upcall_queue_set_records(q, 1000);
	for (__u64 i = 0; i < 101; i++)
		push(q, 3, 5 * UPCALL_QUEUE_CHUNK - sizeof(struct xvs_upcall), i, &l);
	assert_int_equal(l.n[3], 1);
	upcall_queue_destroy(q);
}

/* All memory is in use: the port that has most of it pays for the others. */
TEST(upcall_queue, the_longest_loses_its_oldest)
{
	struct upcall_queue *q = make(100, 90, 1000);
	struct losses l = {0};

	for (__u64 i = 0; i < 80; i++)
		push(q, 1, 60, i, &l);
	for (__u64 i = 0; i < 20; i++)
		push(q, 2, 60, 100 + i, &l);
	assert_int_equal(l.all, 0);
	push(q, 3, 60, 200, &l);
	assert_int_equal(l.n[1], 1);
	assert_int_equal(l.last, 0);
	push(q, 3, 1514, 201, &l);
	assert_int_equal(l.n[1], 5);
	assert_int_equal(l.last, 4);
	/* It would itself be the longest: nobody else pays. */
	push(q, 1, 60, 80, &l);
	assert_int_equal(l.n[1], 6);
	assert_int_equal(l.last, 80);
	push(q, 3, 60000, 202, &l);
	assert_int_equal(l.n[3], 1);
	assert_int_equal(l.n[2], 0);
	assert_int_equal(upcall_queue_pop(q)->hash, 5);
	assert_int_equal(upcall_queue_pop(q)->hash, 100);
	assert_int_equal(upcall_queue_pop(q)->hash, 200);
	assert_int_equal(upcall_queue_pop(q)->hash, 6);
	upcall_queue_destroy(q);
}

/* A queue that has lost its only record has no turn, and is in no list twice. */
TEST(upcall_queue, an_emptied_port_has_no_turn)
{
	struct upcall_queue *q = make(10, 10, 1000);
	struct losses l = {0};

	push(q, 1, 10 * UPCALL_QUEUE_CHUNK - sizeof(struct xvs_upcall), 1, &l);
	push(q, 2, 60, 2, &l);
	assert_int_equal(l.n[1], 1);
	push(q, 1, 60, 3, &l);
	assert_int_equal(upcall_queue_pop(q)->hash, 3);
	assert_int_equal(upcall_queue_pop(q)->hash, 2);
	assert_null(upcall_queue_pop(q));
	upcall_queue_destroy(q);
}

/* --- the invariants, over random runs --- */

#define PORTS 6
#define CHUNKS 64
#define PORT_CHUNKS 40
#define PORT_RECORDS 24

/* What the queues should hold: by port the ids of 'waits', in order. */
struct twin {
	struct upcall_queue *q;
	__u64 id[PORTS][PORT_RECORDS];
	__u32 chunks[PORTS][PORT_RECORDS];
	int n[PORTS];
	int since[PORTS]; /* records of others popped while it had some */
	__u32 lent; /* the chunk of what was popped last, if it was one */
	__u64 next_id;
	const char *name;
};

static __u32 twin_chunks(const struct twin *t, int port)
{
	__u32 sum = 0;

	for (int i = 0; i < t->n[port]; i++)
		sum += t->chunks[port][i];
	return sum;
}

static void twin_take(struct twin *t, int port)
{
	t->n[port]--;
	memmove(&t->id[port][0], &t->id[port][1], (size_t)t->n[port] * sizeof(t->id[0][0]));
	memmove(&t->chunks[port][0], &t->chunks[port][1],
		(size_t)t->n[port] * sizeof(t->chunks[0][0]));
}

struct push_outcome {
	struct twin *t;
	__u64 id;
	bool refused;
	int evicted;
};

/* Either the new one, or the oldest of a queue that is the longest. */
static void check_loss(void *aux, const struct xvs_upcall *up)
{
	struct push_outcome *o = aux;
	struct twin *t = o->t;
	int port = up->port_no;

	ROW_CHECK(t->name, !o->refused, "lost after the new one was");
	if (up->hash == o->id) {
		o->refused = true;
		return;
	}
	ROW_CHECK(t->name, t->n[port] && t->id[port][0] == up->hash, "not the oldest of port %d",
		  port);
	for (int i = 0; i < PORTS; i++)
		ROW_CHECK(t->name, twin_chunks(t, i) <= twin_chunks(t, port),
			  "port %d lost, port %d is longer", port, i);
	twin_take(t, port);
	o->evicted++;
}

static void random_push(struct twin *t, uint64_t *seed)
{
	int port = (int)(test_random(seed) % (test_random(seed) % PORTS + 1));
	__u32 len = (__u32)(test_random(seed) % (test_random(seed) % 4 ? 300 : 8000));
	struct push_outcome o = {.t = t, .id = t->next_id++};
	__u32 n, all = 0;

	fill((__u16)port, len, o.id);
	n = (__u32)((sizeof(record.up) + len + UPCALL_QUEUE_CHUNK - 1) / UPCALL_QUEUE_CHUNK);
	upcall_queue_push(t->q, &record.up, check_loss, &o);
	for (int i = 0; i < PORTS; i++)
		all += twin_chunks(t, i);
	if (o.refused) {
		bool full = t->n[port] == PORT_RECORDS || twin_chunks(t, port) + n > PORT_CHUNKS;

		ROW_CHECK(t->name, full || all + t->lent + n > CHUNKS,
			  "refused, though there is room");
		return;
	}
	ROW_CHECK(t->name, t->n[port] < PORT_RECORDS, "more records than allowed");
	ROW_CHECK(t->name, twin_chunks(t, port) + n <= PORT_CHUNKS, "more than a port's share");
	ROW_CHECK(t->name, all + t->lent + n <= CHUNKS, "more than there is");
	t->id[port][t->n[port]] = o.id;
	t->chunks[port][t->n[port]++] = n;
}

static void random_pop(struct twin *t)
{
	const struct xvs_upcall *up = upcall_queue_pop(t->q);
	int port, left = 0;

	for (int i = 0; i < PORTS; i++)
		left += t->n[i];
	t->lent = 0;
	if (!up) {
		ROW_CHECK(t->name, !left, "%d records are left", left);
		return;
	}
	port = up->port_no;
	ROW_CHECK(t->name, t->n[port] && t->id[port][0] == up->hash, "port %d: out of order", port);
	ROW_CHECK(t->name, is_whole(up), "port %d: not what was pushed", port);
	t->lent = t->chunks[port][0] == 1;
	twin_take(t, port);
	for (int i = 0; i < PORTS; i++) {
		t->since[i] = i == port || !t->n[i] ? 0 : t->since[i] + 1;
		ROW_CHECK(t->name, t->since[i] < PORTS, "port %d waits for %d records", i,
			  t->since[i]);
	}
}

TEST(upcall_queue, invariants_hold)
{
	for (uint64_t run = 1; run <= 200; run++) {
		struct twin t = {.q = make(CHUNKS, PORT_CHUNKS, PORT_RECORDS)};
		struct upcall_queue_stats st;
		uint64_t seed = run;
		char name[32];

		snprintf(name, sizeof(name), "seed %llu", (unsigned long long)run);
		t.name = name;
		for (int i = 0; i < 1000; i++) {
			if (test_random(&seed) % (run % 3 + 2))
				random_push(&t, &seed);
			else
				random_pop(&t);
		}
		while (!upcall_queue_is_empty(t.q))
			random_pop(&t);
		random_pop(&t);
		upcall_queue_stats(t.q, &st);
		ROW_CHECK(name, !st.records && !st.chunks, "%u records, %u chunks", st.records,
			  st.chunks);
		upcall_queue_destroy(t.q);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(upcall_queue, a_port_is_first_in_first_out),
		TEST_ROW(upcall_queue, a_flood_delays_others_by_one_record),
		TEST_ROW(upcall_queue, a_full_port_loses_its_newest),
		TEST_ROW(upcall_queue, the_longest_loses_its_oldest),
		TEST_ROW(upcall_queue, an_emptied_port_has_no_turn),
		TEST_ROW(upcall_queue, invariants_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
