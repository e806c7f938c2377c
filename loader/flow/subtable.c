// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The hash table of one mask of one stage; see subtable.h.
 */
#include "subtable.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_SLOTS 4

static size_t bytes_of(unsigned int n_words)
{
	const size_t align = _Alignof(struct subtable);
	size_t bytes = sizeof(struct subtable) + n_words * sizeof(__u64);

	return (bytes + align - 1) / align * align;
}

struct subtable *subtable_create(const struct flow_key *mask, unsigned int first, unsigned int end)
{
	struct subtable *s;
	unsigned int n = 0;

	for (unsigned int i = first; i < end; i++)
		n += mask->w[i] != 0;
	s = aligned_alloc(_Alignof(struct subtable), bytes_of(n));
	if (!s)
		return NULL;
	memset(s, 0, bytes_of(n));
	for (unsigned int i = first; i < end; i++) {
		if (!mask->w[i])
			continue;
		s->word[s->n_words] = (__u8)i;
		s->mask[s->n_words++] = mask->w[i];
	}
	s->slots = &s->one;
	priority_set_init(&s->priorities);
	return s;
}

void subtable_destroy(struct subtable *s)
{
	if (!s)
		return;
	if (s->slots != &s->one)
		free(s->slots);
	priority_set_fini(&s->priorities);
	free(s);
}

bool subtable_has_mask(const struct subtable *s, const struct flow_key *mask, unsigned int first,
		       unsigned int end)
{
	unsigned int n = 0;

	for (unsigned int i = first; i < end; i++) {
		if (!mask->w[i])
			continue;
		if (n == s->n_words || s->word[n] != i || s->mask[n] != mask->w[i])
			return false;
		n++;
	}
	return n == s->n_words;
}

struct branch *subtable_find(const struct subtable *s, const struct flow_key *key,
			     const struct subtable_seeds *seeds)
{
	struct subtable_slot *slot = subtable_seek(s, key, subtable_hash(s, key, seeds));

	return slot ? &slot->below : NULL;
}

static void place(struct subtable *s, const struct subtable_slot *slot, __u64 hash)
{
	__u32 i = (__u32)hash & s->slot_mask;

	while (!branch_is_none(s->slots[i].below))
		i = (i + 1) & s->slot_mask;
	s->slots[i] = *slot;
}

static __u64 slot_hash(const struct subtable *s, const struct subtable_slot *slot,
		       const struct subtable_seeds *seeds)
{
	/* The tag of several words is their hash: no need to look below. */
	return s->n_words == 1 ? xvs_hash_finish(xvs_hash_word(slot->tag, seeds->word[s->word[0]]))
			       : slot->tag;
}

/* Moves everything to 'n_slots' slots, which are enough. */
static int resize(struct subtable *s, __u32 n_slots, const struct subtable_seeds *seeds)
{
	struct subtable_slot *old = s->slots, *slots, *slot;
	__u32 old_mask = s->slot_mask;

	slots = calloc(n_slots, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	s->slots = slots;
	s->slot_mask = n_slots - 1;
	for (slot = old; slot <= old + old_mask; slot++)
		if (!branch_is_none(slot->below))
			place(s, slot, slot_hash(s, slot, seeds));
	if (old != &s->one)
		free(old);
	else
		s->one = (struct subtable_slot){0};
	return 0;
}

int subtable_add(struct subtable *s, const struct flow_key *key, struct branch below,
		 const struct subtable_seeds *seeds)
{
	__u64 hash = subtable_hash(s, key, seeds);
	struct subtable_slot slot = {.tag = subtable_tag(s, key, hash), .below = below};
	__u32 n_slots = s->slot_mask + 1;
	int err;

	/* At most two thirds full; the slot within the struct may be full. */
	if (s->n && 3 * (s->n + 1) > 2 * n_slots) {
		err = resize(s, n_slots == 1 ? FIRST_SLOTS : 2 * n_slots, seeds);
		if (err)
			return err;
	}
	place(s, &slot, hash);
	s->n++;
	return 0;
}

/* Slots behind a freed one move up, so that no search ends too early. */
static void close_gap(struct subtable *s, __u32 gap, const struct subtable_seeds *seeds)
{
	__u32 i = gap;

	for (;;) {
		i = (i + 1) & s->slot_mask;
		if (i == gap || branch_is_none(s->slots[i].below))
			break;
		__u32 home = (__u32)slot_hash(s, &s->slots[i], seeds) & s->slot_mask;

		/* It may move if its home is not behind the gap. */
		if (((i - home) & s->slot_mask) < ((i - gap) & s->slot_mask))
			continue;
		s->slots[gap] = s->slots[i];
		gap = i;
	}
	s->slots[gap] = (struct subtable_slot){0};
}

void subtable_drop(struct subtable *s, struct branch *below, const struct subtable_seeds *seeds)
{
	__u32 i = (__u32)(hmap_entry(below, struct subtable_slot, below) - s->slots);

	if (s->slot_mask)
		close_gap(s, i, seeds);
	else
		s->slots[0] = (struct subtable_slot){0};
	s->n--;
	/* Without memory it stays large. */
	if (s->slot_mask >= 4 * FIRST_SLOTS && 8 * s->n < s->slot_mask)
		resize(s, (s->slot_mask + 1) / 4, seeds);
}

size_t subtable_bytes(const struct subtable *s)
{
	size_t bytes = bytes_of(s->n_words);

	if (s->slots != &s->one)
		bytes += (s->slot_mask + 1) * sizeof(s->slots[0]);
	return bytes + priority_set_bytes(&s->priorities);
}
