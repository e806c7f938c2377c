// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Frames whose sender left the L4 checksum to the device, through the user hook
 * (bpf/ctx_user.h, 'partial'): each output, its sum finished as a device would, is
 * the frame that the same program makes of the complete one; and before that it is
 * what execute_ref makes of the partial one, byte for byte.
 */
#include "test.h"

#include <time.h>

#include "execute_ref.h"
#include "selftests/prog_tests/random.h"
#include "selftests/prog_tests/rows.h"
#include "user_stage.h"

static struct user_stage stage;
static struct packet complete, partial;

struct frames {
	struct stage_frame out[STAGE_MAX_OUT];
	size_t n;
	const __u8 *in;
};

static void collect(void *aux, __u16 port_no, const struct ref_packet *p)
{
	struct frames *f = aux;
	struct stage_frame *out = &f->out[f->n++];

	out->port_no = port_no;
	out->len = p->len;
	out->data = malloc(p->len ? p->len : 1);
	memcpy(out->data, p->data, p->len);
}

static void run_ref(struct frames *f, const struct packet *in, const struct xvs_op *ops, size_t n)
{
	const struct ref_handlers handlers = {.output = collect, .aux = f};
	__u8 *room = malloc(EXECUTE_REF_HEADROOM + in->len);
	struct ref_packet ref = {.data = room + EXECUTE_REF_HEADROOM,
				 .len = in->len,
				 .headroom = EXECUTE_REF_HEADROOM,
				 .csum_partial = in == &partial};

	f->n = 0;
	memcpy(ref.data, in->data, in->len);
	execute_ref(&ref, ops, n, &handlers);
	free(room);
}

static void frames_free(struct frames *f)
{
	while (f->n)
		free(f->out[--f->n].data);
}

/* Where the checksum is in the L4 header; 0: nobody leaves this one to a device. */
static size_t csum_off(const struct layer *in)
{
	for (size_t i = 0; i < MAX_LAYERS && in[i].kind; i++) {
		if (in[i].csum != CSUM_GOOD || in[i].kind == LAYER_FRAG6 ||
		    (in[i].kind == LAYER_IP4 && in[i].ip4.frag))
			return 0;
		if (in[i].kind == LAYER_TCP)
			return 16;
		if (in[i].kind == LAYER_UDP)
			return 6;
	}
	return 0;
}

static void build(struct packet *p, const struct layer *in, size_t pad, enum layer_csum csum)
{
	struct layer layers[MAX_LAYERS];

	memcpy(layers, in, sizeof(layers));
	for (size_t i = 0; i < MAX_LAYERS && layers[i].kind; i++)
		if (layers[i].kind == LAYER_TCP || layers[i].kind == LAYER_UDP)
			layers[i].csum = csum;
	packet_build(p, layers, MAX_LAYERS);
	packet_trim(p, 0, pad);
}

/* The two zeros of ones' complement are one sum. */
static void normalise(struct stage_frame *f, size_t at)
{
	if (f->data[at] == 0xff && f->data[at + 1] == 0xff)
		f->data[at] = f->data[at + 1] = 0;
}

static void check_same(const char *row, const char *what, const struct stage_frame *got,
		       const struct stage_frame *want)
{
	bool same = got->port_no == want->port_no && got->len == want->len &&
		    !memcmp(got->data, want->data, got->len);

	if (!same)
		packet_diff(stderr, got->data, got->len, want->data, want->len);
	ROW_CHECK(row, same, "%s", what);
}

/* Headers in front may have come and gone: L4 is found from the frame's end. */
static void check_finished(const char *row, size_t off, struct stage_frame *got,
			   struct stage_frame *want)
{
	size_t start = got->len - (partial.len - partial.l4);

	packet_csum_finish(got->data, got->len, start, off);
	normalise(got, start + off);
	normalise(want, start + off);
	check_same(row, "the finished frame", got, want);
}

/* Returns how many outputs were compared. */
static size_t compare(const char *row, const struct layer *in, size_t pad, const struct xvs_op *ops)
{
	struct frames of_complete = {0}, of_partial = {0};
	size_t off = csum_off(in), n = 0, n_out;

	if (!off)
		return 0;
	while (ops[n].kind)
		n++;
	build(&complete, in, pad, CSUM_GOOD);
	build(&partial, in, pad, CSUM_PARTIAL);
	if (!partial.l4)
		return 0;
	run_ref(&of_complete, &complete, ops, n);
	run_ref(&of_partial, &partial, ops, n);
	assert_int_equal(user_stage_program(&stage, ops, n), 0);
	user_stage_run(&stage, partial.data, partial.len);
	ROW_CHECK(row, user_stage_accounts(&stage), "not accounted for");
	ROW_CHECK(row, stage.n_out == of_complete.n && stage.n_out == of_partial.n, "%zu outputs",
		  stage.n_out);
	n_out = stage.n_out;
	for (size_t i = 0; i < n_out; i++) {
		check_same(row, "execute_ref's", &stage.out[i], &of_partial.out[i]);
		check_finished(row, off, &stage.out[i], &of_complete.out[i]);
	}
	frames_free(&of_complete);
	frames_free(&of_partial);
	return n_out;
}

TEST(user_partial, rows)
{
	const struct {
		const struct action_row *rows;
		size_t n;
	} tables[] = {{rows_actions, n_rows_actions},
		      {rows_actions_vlan, n_rows_actions_vlan},
		      {rows_actions_mpls, n_rows_actions_mpls}};
	size_t n = 0;

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (size_t i = 0; i < tables[t].n; i++) {
			const struct action_row *row = &tables[t].rows[i];

			if (!row->cut && !(row->flags & ROW_CSUM_BAD))
				n += compare(row->name, row->in, row->pad, row->ops);
		}
	print_message("%zu outputs\n", n);
	assert_true(n > 50);
}

TEST(user_partial, random_pairs)
{
	uint64_t seed = test_seed((uint64_t)time(NULL));
	struct rng rng = {.state = seed};
	static struct random_case rc;
	size_t n = 0;

	print_message("seed %llu\n", (unsigned long long)seed);
	for (uint32_t i = 0; i < 5000; i++) {
		char row[32];

		random_frame(&rng, &rc, i);
		random_program(&rng, &rc, 4, 2, 3);
		snprintf(row, sizeof(row), "pair %u", i);
		n += compare(row, rc.layers, rc.pad, rc.ops);
	}
	print_message("%zu outputs\n", n);
	assert_true(n > 500);
}

static int open_stage(void **state)
{
	int ret = user_stage_open(&stage);

	stage.partial = true;
	return ret;
}

static int close_stage(void **state)
{
	user_stage_close(&stage);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(user_partial, rows),
		TEST_ROW(user_partial, random_pairs),
	};

	return cmocka_run_group_tests(tests, open_stage, close_stage);
}
