// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lists of OpenFlow-level actions: memory and comparison. Their text is in
 * action_parse.c and action_format.c, their meaning in xlate.c.
 */
#include "ofact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int ofacts_append(struct ofacts *list, const struct ofact *a)
{
	if (list->n == list->allocated) {
		/* Most lists have one action, and a million rules have lists. */
		size_t want = list->allocated ? 2 * list->allocated : 1;
		struct ofact *v = reallocarray(list->v, want, sizeof(*v));

		if (!v)
			return -ENOMEM;
		list->v = v;
		list->allocated = want;
	}
	list->v[list->n++] = *a;
	return 0;
}

int ofacts_copy(struct ofacts *dst, const struct ofacts *src)
{
	struct ofacts copy = {0};

	if (src->n) {
		copy.v = calloc(src->n, sizeof(*copy.v));
		if (!copy.v)
			return -ENOMEM;
		memcpy(copy.v, src->v, src->n * sizeof(*copy.v));
		copy.n = src->n;
		copy.allocated = src->n;
	}
	*dst = copy;
	return 0;
}

void ofacts_fini(struct ofacts *list)
{
	free(list->v);
	memset(list, 0, sizeof(*list));
}

/* Compares what the type uses: the rest of a struct ofact may hold anything. */
static bool ofact_equal(const struct ofact *a, const struct ofact *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case OFACT_OUTPUT:
		return a->port == b->port;
	case OFACT_PUSH_VLAN:
		return a->tpid == b->tpid;
	case OFACT_SET_FIELD:
		return a->set.field == b->set.field &&
		       !memcmp(&a->set.value, &b->set.value, sizeof(a->set.value)) &&
		       !memcmp(&a->set.mask, &b->set.mask, sizeof(a->set.mask));
	default:
		return true;
	}
}

static bool is_drop(const struct ofacts *list)
{
	return !list->n || (list->n == 1 && list->v[0].type == OFACT_DROP);
}

bool ofacts_equal(const struct ofacts *a, const struct ofacts *b)
{
	if (is_drop(a) || is_drop(b))
		return is_drop(a) && is_drop(b);
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!ofact_equal(&a->v[i], &b->v[i]))
			return false;
	return true;
}
