// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Action programs in blocks: equal programs are stored once, counted by the
 * flows that use them (dp_tables.c), and their blocks reused after a grace
 * period. The operations are those of xvs/action.h.
 */
#include "dp_private.h"

#include <errno.h>
#include <string.h>

#include "xvs/flow_hash.h"

/* The EtherType that MPLS operations have in the place of a mask. */
static __u32 op_eth_type(const struct xvs_op *op)
{
	return XVS_FROM_BE32(op->mask) >> 16;
}

static bool set_is_valid(const struct xvs_op *op)
{
	if (op->hdr == XVS_HDR_MPLS)
		return !op->off;
	return op->hdr < XVS_HDR_N && !(op->off & 1) && op->off <= 60;
}

static bool op_is_valid(const struct xvs_op *op)
{
	switch (op->kind) {
	case XVS_OP_OUTPUT:
		return op->port_no && op->port_no < XVS_MAX_PORTS;
	case XVS_OP_SET:
		return set_is_valid(op);
	case XVS_OP_PUSH_VLAN:
	case XVS_OP_POP_VLAN:
	case XVS_OP_SET_VLAN:
	case XVS_OP_DEC_TTL:
	case XVS_OP_CONTROLLER:
		return true;
	case XVS_OP_PUSH_MPLS:
		return op_eth_type(op) == 0x8847 || op_eth_type(op) == 0x8848;
	case XVS_OP_POP_MPLS:
		return op_eth_type(op) != 0;
	case XVS_OP_METER:
		return op->arg && op->arg < XVS_MAX_METERS && op->value < XVS_MAX_PROGRAM_OPS;
	case XVS_OP_RECIRC:
		return op->arg && (op->flags & XVS_OP_F_LAST);
	case XVS_OP_CT:
		return op->arg && op->arg < XVS_MAX_CT_ACTIONS;
	default:
		return false;
	}
}

/* Whether it may be, [ACT1]; a RECIRC is last or invalid. */
static bool op_ends(const struct xvs_op *op)
{
	return op->kind == XVS_OP_OUTPUT || op->kind == XVS_OP_CONTROLLER ||
	       op->kind == XVS_OP_RECIRC || op->kind == XVS_OP_CT;
}

static bool op_changes(const struct xvs_op *op)
{
	return op->kind != XVS_OP_OUTPUT && op->kind != XVS_OP_METER &&
	       op->kind != XVS_OP_CONTROLLER;
}

bool dp_program_is_valid(const struct xvs_op *ops, size_t n_ops)
{
	if (!n_ops || n_ops > XVS_MAX_PROGRAM_OPS)
		return false;
	for (size_t i = 0; i < n_ops; i++)
		if (!op_is_valid(&ops[i]) || !(ops[i].flags & XVS_OP_F_LAST) != (i != n_ops - 1))
			return false;
	return op_ends(&ops[n_ops - 1]);
}

bool dp_program_is_ct(const struct xvs_op *ops, size_t n_ops)
{
	return dp_program_is_valid(ops, n_ops) && n_ops == 1 && ops[0].kind == XVS_OP_CT;
}

static __u64 program_hash(const struct dp *dp, const struct xvs_op *ops, size_t n_ops)
{
	__u64 hash = n_ops;

	for (size_t i = 0; i < n_ops; i++) {
		__u32 word[3];

		memcpy(word, &ops[i], sizeof(word));
		for (int k = 0; k < 3; k++)
			hash = xvs_hash_finish(hash + xvs_hash_word(word[k], dp->config.seed[k]));
	}
	return hash;
}

static bool program_equal(const struct dp *dp, __u16 block, const struct xvs_op *ops, size_t n_ops)
{
	size_t at = 0;

	while (block && at < n_ops) {
		const struct xvs_action_block *b = &dp->t.blocks[block];

		if (b->n_ops > n_ops - at || memcmp(b->op, ops + at, b->n_ops * sizeof(*ops)))
			return false;
		at += b->n_ops;
		block = b->next;
	}
	return !block && at == n_ops;
}

static __u16 *program_chain(struct dp *dp, __u64 hash)
{
	return &dp->program_head[hash & (DP_PROGRAM_HEADS - 1)];
}

static __u16 program_find(struct dp *dp, __u64 hash, const struct xvs_op *ops, size_t n_ops)
{
	__u16 block = *program_chain(dp, hash);

	for (; block; block = dp->programs[block].next)
		if (dp->programs[block].hash == hash && program_equal(dp, block, ops, n_ops))
			return block;
	return 0;
}

static __u8 count_outputs(const struct xvs_op *ops, size_t n_ops)
{
	__u32 n = 0;

	for (size_t i = 0; i < n_ops; i++)
		n += ops[i].kind == XVS_OP_OUTPUT;
	return n > 255 ? 255 : (__u8)n;
}

/* Writes the blocks from the last to the first, so that each knows its next. */
static __u16 program_write(struct dp *dp, const struct xvs_op *ops, size_t n_ops)
{
	__u8 n_outputs = count_outputs(ops, n_ops);
	size_t n_blocks = (n_ops + XVS_BLOCK_OPS - 1) / XVS_BLOCK_OPS;
	bool changes = false, has_ct = false;
	__u16 next = 0;

	for (size_t i = 0; i < n_ops; i++) {
		changes = changes || op_changes(&ops[i]);
		has_ct = has_ct || ops[i].kind == XVS_OP_CT;
	}
	while (n_blocks--) {
		size_t at = n_blocks * XVS_BLOCK_OPS;
		size_t n = n_ops - at < XVS_BLOCK_OPS ? n_ops - at : XVS_BLOCK_OPS;
		__u16 index = (__u16)dp_pool_get(&dp->blocks);
		struct xvs_action_block *b = &dp->t.blocks[index];

		memset(b, 0, sizeof(*b));
		b->n_ops = (__u16)n;
		b->next = next;
		b->changes = changes;
		b->has_ct = has_ct;
		b->n_outputs = n_outputs;
		memcpy(b->op, ops + at, n * sizeof(*ops));
		next = index;
	}
	return next;
}

int dp_program_get(struct dp *dp, const struct xvs_op *ops, size_t n_ops, __u16 *block)
{
	__u64 hash = program_hash(dp, ops, n_ops);
	__u16 first = program_find(dp, hash, ops, n_ops);
	__u16 *chain = program_chain(dp, hash);

	if (!first) {
		if (dp->blocks.n_free < (n_ops + XVS_BLOCK_OPS - 1) / XVS_BLOCK_OPS)
			return -ENOBUFS;
		first = program_write(dp, ops, n_ops);
		dp->programs[first] = (struct dp_program_note){
			.hash = hash,
			.n_ops = (__u16)n_ops,
			.next = *chain,
		};
		*chain = first;
	}
	dp->programs[first].n_refs++;
	*block = first;
	return 0;
}

void dp_program_put(struct dp *dp, __u16 block)
{
	struct dp_program_note *note = &dp->programs[block];
	__u16 *at;

	if (--note->n_refs)
		return;
	for (at = program_chain(dp, note->hash); *at != block; at = &dp->programs[*at].next)
		;
	*at = note->next;
	for (; block; block = dp->t.blocks[block].next)
		dp_pool_retire(&dp->blocks, block);
}
