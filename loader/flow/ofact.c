// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lists of OpenFlow-level actions: memory and comparison, and subfields. Their
 * text is in action_parse.c and action_format.c, their meaning in xlate.c.
 */
#include "ofact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void ofact_fini(struct ofact *a)
{
	if (a->type == OFACT_CLONE && a->nested) {
		ofacts_fini(a->nested);
		free(a->nested);
	} else if (a->type == OFACT_LEARN) {
		free(a->learn);
	} else if (a->type == OFACT_CT && a->ct) {
		ofacts_fini(&a->ct->exec);
		free(a->ct);
	}
}

int ofacts_append(struct ofacts *list, const struct ofact *a)
{
	struct ofact owned = *a;

	if (list->n == list->allocated) {
		/* Most lists have one action, and a million rules have lists. */
		size_t want = list->allocated ? 2 * list->allocated : 1;
		struct ofact *v = realloc(list->v, want * sizeof(*v));

		if (!v) {
			ofact_fini(&owned);
			return -ENOMEM;
		}
		list->v = v;
		list->allocated = want;
	}
	list->v[list->n++] = owned;
	return 0;
}

static size_t learn_size(const struct ofact_learn *l)
{
	return sizeof(*l) + l->n * sizeof(l->clause[0]);
}

static struct ofact_ct *ct_copy(const struct ofact_ct *src)
{
	struct ofact_ct *ct = malloc(sizeof(*ct));

	if (!ct)
		return NULL;
	*ct = *src;
	if (!ofacts_copy(&ct->exec, &src->exec))
		return ct;
	free(ct);
	return NULL;
}

/* Gives a copy what the original points to, once more. */
static int ofact_own(struct ofact *a)
{
	struct ofacts *nested;
	struct ofact_learn *learn;
	int rc;

	if (a->type == OFACT_LEARN) {
		learn = malloc(learn_size(a->learn));
		if (!learn)
			return -ENOMEM;
		memcpy(learn, a->learn, learn_size(a->learn));
		a->learn = learn;
	} else if (a->type == OFACT_CT) {
		a->ct = ct_copy(a->ct);
		if (!a->ct)
			return -ENOMEM;
	} else if (a->type == OFACT_CLONE) {
		nested = malloc(sizeof(*nested));
		if (!nested)
			return -ENOMEM;
		rc = ofacts_copy(nested, a->nested);
		if (rc) {
			free(nested);
			return rc;
		}
		a->nested = nested;
	}
	return 0;
}

int ofact_copy(struct ofact *dst, const struct ofact *src)
{
	*dst = *src;
	return ofact_own(dst);
}

int ofacts_copy(struct ofacts *dst, const struct ofacts *src)
{
	struct ofacts copy = {0};
	int rc = 0;

	memset(dst, 0, sizeof(*dst));
	if (!src->n)
		return 0;
	copy.v = calloc(src->n, sizeof(*copy.v));
	if (!copy.v)
		return -ENOMEM;
	copy.allocated = src->n;
	while (!rc && copy.n < src->n) {
		copy.v[copy.n] = src->v[copy.n];
		rc = ofact_own(&copy.v[copy.n]);
		if (!rc)
			copy.n++;
	}
	if (rc)
		ofacts_fini(&copy);
	*dst = copy;
	return rc;
}

void ofacts_fini(struct ofacts *list)
{
	for (size_t i = 0; i < list->n; i++)
		ofact_fini(&list->v[i]);
	free(list->v);
	memset(list, 0, sizeof(*list));
}

static bool value_equal(const union field_value *a, const union field_value *b)
{
	return a->w[0] == b->w[0] && a->w[1] == b->w[1];
}

static bool subfield_equal(const struct subfield *a, const struct subfield *b)
{
	return a->field == b->field && a->ofs == b->ofs && a->n_bits == b->n_bits;
}

static bool clause_equal(const struct learn_clause *a, const struct learn_clause *b)
{
	if (a->kind != b->kind || a->immediate != b->immediate)
		return false;
	if (a->kind != LEARN_OUTPUT && !subfield_equal(&a->dst, &b->dst))
		return false;
	return a->immediate ? value_equal(&a->value, &b->value) : subfield_equal(&a->src, &b->src);
}

static bool learn_equal(const struct ofact_learn *a, const struct ofact_learn *b)
{
	if (a->idle_timeout_s != b->idle_timeout_s || a->hard_timeout_s != b->hard_timeout_s ||
	    a->priority != b->priority || a->cookie != b->cookie || a->table_id != b->table_id ||
	    a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!clause_equal(&a->clause[i], &b->clause[i]))
			return false;
	return true;
}

static bool nat_equal(const struct ofact_nat *a, const struct ofact_nat *b)
{
	return a->family == b->family && a->hash == b->hash && a->port_min == b->port_min &&
	       a->port_max == b->port_max && !memcmp(&a->min, &b->min, sizeof(a->min)) &&
	       !memcmp(&a->max, &b->max, sizeof(a->max));
}

static bool ct_equal(const struct ofact_ct *a, const struct ofact_ct *b)
{
	if (a->flags != b->flags || a->table_id != b->table_id || a->alg != b->alg ||
	    a->zone_src.n_bits != b->zone_src.n_bits)
		return false;
	if (a->zone_src.n_bits ? !subfield_equal(&a->zone_src, &b->zone_src) : a->zone != b->zone)
		return false;
	/* A list of none is not "drop" here. */
	return nat_equal(&a->nat, &b->nat) && a->exec.n == b->exec.n &&
	       ofacts_equal(&a->exec, &b->exec);
}

/* Compares what the type uses: the rest of a struct ofact may hold anything. */
static bool ofact_equal(const struct ofact *a, const struct ofact *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case OFACT_OUTPUT:
		return a->port == b->port;
	case OFACT_CONTROLLER:
		return a->controller.max_len == b->controller.max_len;
	case OFACT_PUSH_VLAN:
	case OFACT_PUSH_MPLS:
	case OFACT_POP_MPLS:
		return a->ethertype == b->ethertype;
	case OFACT_OUTPUT_REG:
	case OFACT_STACK_PUSH:
	case OFACT_STACK_POP:
		return subfield_equal(&a->sub, &b->sub);
	case OFACT_SET_FIELD:
		return a->set.field == b->set.field && value_equal(&a->set.value, &b->set.value) &&
		       value_equal(&a->set.mask, &b->set.mask);
	case OFACT_MOVE:
		return subfield_equal(&a->move.src, &b->move.src) &&
		       subfield_equal(&a->move.dst, &b->move.dst);
	case OFACT_RESUBMIT:
		return a->resubmit.port == b->resubmit.port &&
		       a->resubmit.table_id == b->resubmit.table_id;
	case OFACT_GOTO_TABLE:
		return a->resubmit.table_id == b->resubmit.table_id;
	case OFACT_GROUP:
	case OFACT_METER:
		return a->id == b->id;
	case OFACT_CLONE:
		return ofacts_equal(a->nested, b->nested);
	case OFACT_LEARN:
		return learn_equal(a->learn, b->learn);
	case OFACT_CT:
		return ct_equal(a->ct, b->ct);
	case OFACT_CONJUNCTION:
		return a->conjunction.id == b->conjunction.id &&
		       a->conjunction.clause == b->conjunction.clause &&
		       a->conjunction.n_clauses == b->conjunction.n_clauses;
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

bool ofacts_is_conjunction(const struct ofacts *list)
{
	return list->n && list->v[0].type == OFACT_CONJUNCTION;
}

bool ofacts_any(const struct ofacts *list, ofact_fn fn, void *aux)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct ofact *a = &list->v[i];

		if (fn(aux, a) || (a->type == OFACT_CLONE && ofacts_any(a->nested, fn, aux)))
			return true;
	}
	return false;
}

void subfield_get(const struct subfield *sub, const struct flow_key *key, union field_value *value)
{
	union field_value whole;

	field_get(&fields[sub->field], key, &whole);
	field_value_extract(&whole, sub->ofs, sub->n_bits, value);
}

void subfield_set(const struct subfield *sub, struct flow_key *key, const union field_value *value)
{
	union field_value whole;

	field_get(&fields[sub->field], key, &whole);
	field_value_insert(&whole, sub->ofs, sub->n_bits, value);
	field_set(&fields[sub->field], key, &whole);
}
