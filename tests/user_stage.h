/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fast path in user space, on a stage: the steps of bpf/ (user.h) over the
 * tables of the in-memory datapath, frames in buffers of exactly their length,
 * what comes out collected. For tests/unit/test_parse_user.c, test_user_hand_up.c
 * and tests/fuzz/fuzz_frame.c, under the sanitizers.
 */
#ifndef TESTS_USER_STAGE_H
#define TESTS_USER_STAGE_H

#include <stdlib.h>
#include <string.h>

#include "user_tables.h"
#include "dp_fake.h"
#include "dp_private.h"

#define STAGE_PORTS 5 /* 1 is the input */
#define STAGE_HEADROOM 64
#define STAGE_MAX_OUT 64

struct stage_frame {
	__u16 port_no;
	size_t len;
	__u8 *data;
};

struct user_stage {
	struct dp *dp;
	struct xvs_user_tables tables;
	struct xvs_microflow_elem hints[XVS_MICROFLOW_ELEMS];
	struct xvs_scratch scratch;
	__u32 slot; /* the one flow; 0: none */
	/* how frames are given to the hook */
	bool hands_up, partial;
	__u32 refused; /* bit by port: outputs that are not taken */
	size_t linear; /* bytes that can be read; the others are 'rest'. 0: all */
	size_t pulls; /* how many more a pull gives; 0: none can be had */
	/* results of the last frame */
	int code;
	struct stage_frame out[STAGE_MAX_OUT];
	size_t n_out;
	size_t n_upcalls;
	bool unchanged; /* the frame is as it was */
	struct xvs_port_stats before, after;
	__u64 drops_before[XVS_DROP_N];
	struct xvs_upcall record; /* the last upcall's; last, as it ends in the frame */
};

static int stage_output(struct xvs_user_ctx *ctx, __u32 port_no)
{
	struct user_stage *s = ctx->aux;
	struct stage_frame *f = &s->out[s->n_out];

	if (s->n_out == STAGE_MAX_OUT)
		return -1;
	f->port_no = (__u16)port_no;
	f->len = (size_t)(ctx->data_end - ctx->data);
	f->data = malloc(f->len ? f->len : 1);
	memcpy(f->data, ctx->data, f->len);
	s->n_out++;
	return 0;
}

static int stage_upcall(struct xvs_user_ctx *ctx, const struct xvs_upcall *record)
{
	struct user_stage *s = ctx->aux;

	s->record = *record;
	s->n_upcalls++;
	return 0;
}

static inline int user_stage_open(struct user_stage *s)
{
	const struct dp_options opt = {.flow_limit = 1000};
	int ret;

	memset(s, 0, sizeof(*s));
	ret = dp_open_fake(&opt, 1, &s->dp);
	if (ret)
		return ret;
	s->tables = user_tables_of(s->dp);
	s->tables.microflow = s->hints;
	s->tables.scratch = &s->scratch;
	s->tables.jiffies = 1000000;
	for (__u16 i = 1; i <= STAGE_PORTS && !ret; i++) {
		struct xvs_port_entry entry = {
			.ifindex = 100u + i,
			.flags = XVS_PORT_F_USED | XVS_PORT_F_UP,
			.hook = XVS_HOOK_USER,
		};

		ret = dp_port_set(s->dp, i, &entry);
	}
	return ret;
}

static inline void user_stage_clear(struct user_stage *s)
{
	for (size_t i = 0; i < s->n_out; i++)
		free(s->out[i].data);
	s->n_out = s->n_upcalls = 0;
}

static inline void user_stage_close(struct user_stage *s)
{
	user_stage_clear(s);
	dp_close(s->dp);
}

/* Every packet of port 1 runs 'ops' (NULL: misses). 0 or -errno. */
static inline int user_stage_program(struct user_stage *s, const struct xvs_op *ops, size_t n)
{
	struct xvs_flow_key key = {.in_port = 1}, mask = {.in_port = 0xffff};
	struct dp_flow_spec spec = {.key = &key,
				    .mask = &mask,
				    .verdict = XVS_VERDICT_PROGRAM,
				    .ops = ops,
				    .n_ops = n,
				    .version_from = dp_version(s->dp)};

	if (s->slot) {
		dp_flow_remove(s->dp, s->slot);
		dp_grace_begin(s->dp);
		dp_grace_end(s->dp, NULL, NULL);
		s->slot = 0;
	}
	return ops ? dp_flow_put(s->dp, &spec, &s->slot) : 0;
}

static bool stage_takes_output(struct xvs_user_ctx *ctx, __u32 port_no,
			       const struct xvs_port_entry *out)
{
	const struct user_stage *s = ctx->aux;

	return !(s->refused >> port_no & 1);
}

/* The bytes lie behind already: only how many there are is said anew. */
static int stage_pull(struct xvs_user_ctx *ctx)
{
	const struct user_stage *s = ctx->aux;
	__u32 n = s->pulls < ctx->rest ? (__u32)s->pulls : ctx->rest;

	ctx->data_end += n;
	ctx->rest -= n;
	return n ? 0 : -1;
}

/* One frame into port 1; a read before or behind it is the sanitizer's. */
static inline void user_stage_run(struct user_stage *s, const __u8 *data, size_t len)
{
	size_t linear = s->linear && s->linear < len ? s->linear : len;
	/* What cannot be pulled is not there at all. */
	size_t there = linear + s->pulls < len ? linear + s->pulls : len;
	__u8 *room = malloc(STAGE_HEADROOM + there);
	struct xvs_user_ctx ctx = {
		.tables = &s->tables,
		.head = room,
		.data = room + STAGE_HEADROOM,
		.data_end = room + STAGE_HEADROOM + linear,
		.rest = (__u32)(len - linear),
		.port_no = 1,
		.hands_up = s->hands_up,
		.partial = s->partial,
		.aux = s,
		.takes_output = stage_takes_output,
		.pull = stage_pull,
		.output = stage_output,
		.upcall = stage_upcall,
	};

	user_stage_clear(s);
	memcpy(ctx.data, data, there);
	dp_port_stats(s->dp, 1, &s->before);
	for (int r = 0; r < XVS_DROP_N; r++)
		s->drops_before[r] = dp_drops(s->dp, 1, (enum xvs_drop_reason)r);
	s->code = xvs_user_rx(&ctx);
	dp_port_stats(s->dp, 1, &s->after);
	s->unchanged = ctx.data == room + STAGE_HEADROOM && !memcmp(ctx.data, data, there);
	free(room);
}

/* Why port 1 dropped the last frame; 0: it did not, -1: counted twice. */
static inline int user_stage_drop(const struct user_stage *s)
{
	int reason = 0;

	for (int r = 0; r < XVS_DROP_N; r++) {
		__u64 n = dp_drops(s->dp, 1, (enum xvs_drop_reason)r) - s->drops_before[r];

		if (n)
			reason = reason || n > 1 ? -1 : r;
	}
	return reason;
}

/* [I7]: received once, and one thing became of it. */
static inline bool user_stage_accounts(const struct user_stage *s)
{
	__u64 fates = s->after.forwarded - s->before.forwarded + s->after.consumed -
		      s->before.consumed + s->after.upcalls - s->before.upcalls +
		      (user_stage_drop(s) != 0);

	return s->after.rx_packets - s->before.rx_packets == 1 && fates == 1 && !s->scratch.level;
}

#endif /* TESTS_USER_STAGE_H */
