// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The order in which subtables are probed: a list for each port, of those that hold
 * flows of the port (xvs/flow_entry.h says what always holds).
 *
 * The first flow of a port in a subtable appends it to the port's list in force.
 * Everything else (sorting, taking one off) writes the lists of the other order and
 * flips xvs_control.probe_order; a lookup may still follow the old ones until a grace
 * period has passed, so they are left alone for so long.
 */
#include "dp_private.h"

#include <string.h>

static struct xvs_probe_list *list_in_force(const struct dp *dp, __u16 in_port)
{
	return &dp->t.probe[xvs_probe_index(dp->t.control->probe_order, in_port)];
}

static struct xvs_probe_list *list_to_be(const struct dp *dp, __u16 in_port)
{
	return &dp->t.probe[xvs_probe_index(!(dp->t.control->probe_order & 1), in_port)];
}

static struct dp_pair *pair_of(const struct dp *dp, __u16 in_port, __u32 subtable)
{
	return &dp->pairs[in_port * XVS_MAX_SUBTABLES + subtable];
}

static void list_append(struct xvs_probe_list *list, __u32 subtable)
{
	XVS_WRITE_ONCE(list->subtable[list->n], (__u8)subtable);
	__atomic_store_n(&list->n, list->n + 1, __ATOMIC_RELEASE);
}

void dp_order_add_flow(struct dp *dp, __u16 in_port, __u32 subtable)
{
	struct xvs_probe_list *list = list_in_force(dp, in_port);
	struct dp_pair *pair = pair_of(dp, in_port, subtable);

	dp->subtable[subtable].n_flows++;
	if (pair->n_flows++)
		return;
	if (memchr(list->subtable, (int)subtable, list->n)) { /* left empty, not taken off */
		dp->n_empty--;
		return;
	}
	pair->hits = 0;
	if (in_port >= dp->n_listed_ports)
		dp->n_listed_ports = in_port + 1U;
	list_append(list, subtable);
}

void dp_order_remove_flow(struct dp *dp, __u16 in_port, __u32 subtable)
{
	dp->subtable[subtable].n_flows--;
	if (!--pair_of(dp, in_port, subtable)->n_flows)
		dp->n_empty++;
}

__u16 dp_port_end(const struct dp *dp)
{
	return (__u16)dp->n_listed_ports;
}

__u32 dp_port_n_subtables(const struct dp *dp, __u16 in_port)
{
	return list_in_force(dp, in_port)->n;
}

const struct xvs_flow_key *dp_port_subtable_mask(const struct dp *dp, __u16 in_port, __u32 i)
{
	__u32 subtable = list_in_force(dp, in_port)->subtable[i];

	return pair_of(dp, in_port, subtable)->n_flows ? &dp->subtable[subtable].mask : NULL;
}

__u32 dp_port_n_flows(const struct dp *dp, __u16 in_port)
{
	const struct xvs_probe_list *list = list_in_force(dp, in_port);
	__u32 n = 0;

	for (__u32 i = 0; i < list->n; i++)
		n += pair_of(dp, in_port, list->subtable[i])->n_flows;
	return n;
}

void dp_note_hits(struct dp *dp, __u32 slot, __u64 packets)
{
	const struct xvs_flow *f = &dp->t.flows[slot];
	struct dp_pair *pair = pair_of(dp, f->in_port, f->subtable);

	pair->hits = packets < ~0U - pair->hits ? pair->hits + (__u32)packets : ~0U;
}

/* Insertion sort: stable, and nearly nothing to do when little changed. Hits are
 * counted from here on. */
static void list_sort(struct dp *dp, __u16 in_port, struct xvs_probe_list *list)
{
	struct dp_pair *pairs = pair_of(dp, in_port, 0);

	for (__u32 i = 1; i < list->n; i++) {
		__u8 moving = list->subtable[i];
		__u32 j = i;

		for (; j && pairs[list->subtable[j - 1]].hits < pairs[moving].hits; j--)
			list->subtable[j] = list->subtable[j - 1];
		list->subtable[j] = moving;
	}
	for (__u32 i = 0; i < list->n; i++)
		pairs[list->subtable[i]].hits = 0;
}

/* Writes the port's list of the order to be; true if it is another than the one in
 * force. */
static bool list_renew(struct dp *dp, __u16 in_port, bool sort)
{
	const struct xvs_probe_list *old = list_in_force(dp, in_port);
	struct xvs_probe_list *new = list_to_be(dp, in_port);

	new->n = 0;
	for (__u32 i = 0; i < old->n; i++)
		if (pair_of(dp, in_port, old->subtable[i])->n_flows)
			new->subtable[new->n++] = old->subtable[i];
	if (sort)
		list_sort(dp, in_port, new);
	return new->n != old->n || memcmp(new->subtable, old->subtable, new->n);
}

/* The order to be must be idle. */
static void order_renew(struct dp *dp, bool sort)
{
	bool changed = false;

	for (__u32 port = 1; port < dp->n_listed_ports; port++)
		changed |= list_renew(dp, (__u16)port, sort);
	if (!changed)
		return;
	__atomic_store_n(&dp->t.control->probe_order, !(dp->t.control->probe_order & 1),
			 __ATOMIC_RELEASE);
	dp->order = DP_ORDER_FLIPPED;
	dp->n_empty = 0;
	dp_subtable_retire_empty(dp);
}

void dp_order_compact(struct dp *dp)
{
	if (dp->n_empty && dp->order == DP_ORDER_IDLE)
		order_renew(dp, false);
}

/* Where subtables come and go all the time the order is hardly ever idle when it
 * is asked to be sorted: put off, it is sorted at the end of the wait. */
void dp_reorder(struct dp *dp)
{
	dp->reorder_wanted = true;
	dp_order_settle(dp);
}

void dp_order_settle(struct dp *dp)
{
	if (!dp->reorder_wanted || dp->order != DP_ORDER_IDLE)
		return;
	dp->reorder_wanted = false;
	order_renew(dp, true);
}
