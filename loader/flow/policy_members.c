// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The members of groups and of the operands of rules; see policy_private.h.
 */
#include "policy_private.h"

bool policy_strings_has(const struct policy_strings *s, const char *text, size_t *i)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (strcmp(s->v[mid], text) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*i = low;
	return low < s->n && !strcmp(s->v[low], text);
}

int policy_strings_add(struct policy_strings *s, const char *text)
{
	char **v, *copy;
	size_t i;

	if (policy_strings_has(s, text, &i))
		return 0;
	v = reallocarray(s->v, s->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	s->v = v;
	copy = malloc(strlen(text) + 1);
	if (!copy)
		return -ENOMEM;
	strcpy(copy, text);
	memmove(&v[i + 1], &v[i], (s->n++ - i) * sizeof(*v));
	v[i] = copy;
	return 0;
}

void policy_strings_remove(struct policy_strings *s, const char *text)
{
	size_t i;

	if (!policy_strings_has(s, text, &i))
		return;
	free(s->v[i]);
	memmove(&s->v[i], &s->v[i + 1], (--s->n - i) * sizeof(*s->v));
}

int policy_strings_copy(struct policy_strings *to, const struct policy_strings *from)
{
	*to = (struct policy_strings){0};
	for (size_t i = 0; i < from->n; i++) {
		if (!policy_strings_add(to, from->v[i]))
			continue;
		policy_strings_fini(to);
		return -ENOMEM;
	}
	return 0;
}

void policy_strings_fini(struct policy_strings *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	*s = (struct policy_strings){0};
}

bool policy_strings_equal(const struct policy_strings *a, const struct policy_strings *b)
{
	bool equal = a->n == b->n;

	for (size_t i = 0; equal && i < a->n; i++)
		equal = !strcmp(a->v[i], b->v[i]);
	return equal;
}

static int order_id(const void *item, const void *key)
{
	uintptr_t a = (uintptr_t)item, b = (uintptr_t)key;

	return a < b ? -1 : a > b;
}

bool policy_ids_has(const struct policy_vec *ids, __u32 id)
{
	size_t i;

	return policy_vec_search(ids, order_id, (const void *)(uintptr_t)id, &i);
}

int policy_ids_add(struct policy_vec *ids, __u32 id)
{
	void *item = (void *)(uintptr_t)id;
	size_t i;

	if (policy_vec_search(ids, order_id, item, &i))
		return 0;
	if (policy_vec_reserve(ids, 1))
		return -ENOMEM;
	policy_vec_insert(ids, i, item);
	return 0;
}

void policy_ids_remove(struct policy_vec *ids, __u32 id)
{
	size_t i;

	if (policy_vec_search(ids, order_id, (const void *)(uintptr_t)id, &i))
		policy_vec_remove(ids, i);
}

struct policy_members *policy_members_create(void)
{
	struct policy_members *m = calloc(1, sizeof(*m));

	if (m)
		m->refs = 1;
	return m;
}

struct policy_members *policy_members_copy(const struct policy_members *from)
{
	struct policy_members *m = policy_members_create();

	if (!m)
		return NULL;
	if (policy_vec_copy(&m->sets, &from->sets))
		goto fail;
	for (size_t i = 0; i < m->sets.n; i++)
		policy_set_get(m->sets.v[i]);
	if (policy_vec_copy(&m->fqdns, &from->fqdns))
		goto fail;
	for (size_t i = 0; i < m->fqdns.n; i++)
		policy_fqdn_ref(m->fqdns.v[i]);
	if (policy_strings_copy(&m->ports, &from->ports) ||
	    policy_strings_copy(&m->tags, &from->tags) ||
	    policy_vec_copy(&m->groups, &from->groups))
		goto fail;
	return m;
fail:
	policy_members_put(m);
	return NULL;
}

struct policy_members *policy_members_get(struct policy_members *m)
{
	if (m)
		m->refs++;
	return m;
}

void policy_members_put(struct policy_members *m)
{
	if (!m || --m->refs)
		return;
	for (size_t i = 0; i < m->sets.n; i++)
		policy_set_put(m->sets.v[i]);
	for (size_t i = 0; i < m->fqdns.n; i++)
		policy_fqdn_put(m->fqdns.v[i]);
	policy_vec_fini(&m->sets);
	policy_vec_fini(&m->fqdns);
	policy_vec_fini(&m->groups);
	policy_strings_fini(&m->ports);
	policy_strings_fini(&m->tags);
	free(m);
}

bool policy_members_is_empty(const struct policy_members *m)
{
	return !m->sets.n && !m->ports.n && !m->tags.n && !m->fqdns.n && !m->groups.n;
}

int policy_prefix_compare(const void *x, const void *y)
{
	const struct policy_prefix *a = x, *b = y;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	return (a->len > b->len) - (a->len < b->len);
}

static bool same_prefix(const struct policy_prefix *a, const struct policy_prefix *b)
{
	return !policy_prefix_compare(a, b);
}

/* A sorted copy with each prefix once, without those that sets of 'm' have. */
static struct policy_prefix *sorted_prefixes(const struct policy_prefix *v, size_t *n)
{
	struct policy_prefix *sorted = calloc(*n, sizeof(*sorted));
	size_t left = 0;

	if (!sorted)
		return NULL;
	memcpy(sorted, v, *n * sizeof(*v));
	qsort(sorted, *n, sizeof(*sorted), policy_prefix_compare);
	for (size_t i = 0; i < *n; i++)
		if (!left || !same_prefix(&sorted[left - 1], &sorted[i]))
			sorted[left++] = sorted[i];
	*n = left;
	return sorted;
}

static bool has_prefix(const struct policy_prefix *sorted, size_t n, const struct policy_prefix *p)
{
	return bsearch(p, sorted, n, sizeof(*sorted), policy_prefix_compare) != NULL;
}

/* Takes out of 'sorted' what 'm' has. */
static size_t leave_new(const struct policy_members *m, struct policy_prefix *sorted, size_t n)
{
	bool *there = calloc(n, sizeof(*there));
	size_t left = 0;

	if (!there)
		return SIZE_MAX;
	for (size_t i = 0; i < m->sets.n; i++) {
		const struct policy_set *s = m->sets.v[i];

		for (size_t k = 0; k < s->n_prefixes; k++) {
			const struct policy_prefix *at = bsearch(
				&s->prefixes[k], sorted, n, sizeof(*at), policy_prefix_compare);

			if (at)
				there[at - sorted] = true;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (!there[i])
			sorted[left++] = sorted[i];
	free(there);
	return left;
}

static struct policy_set *set_of(struct policy_index *ix, const struct policy_prefix *v, size_t n)
{
	struct policy_set *s = policy_set_create(ix, n, 0);

	if (!s)
		return NULL;
	memcpy(s->prefixes, v, n * sizeof(*v));
	s->n_prefixes = n;
	return s;
}

/* The last chunk, where there is room for 'n' more of them in it: they become one. */
static int merge_last(struct policy_members *m, struct policy_index *ix,
		      const struct policy_prefix *v, size_t n, size_t *taken)
{
	struct policy_set *last = m->sets.n ? m->sets.v[m->sets.n - 1] : NULL, *s;

	*taken = 0;
	/* A chunk grows by little ones only: what is large is not entered anew. */
	if (!last || last->n_prefixes + n > POLICY_CHUNK)
		return 0;
	s = policy_set_create(ix, last->n_prefixes + n, 0);
	if (!s)
		return -ENOMEM;
	memcpy(s->prefixes, last->prefixes, last->n_prefixes * sizeof(*v));
	memcpy(s->prefixes + last->n_prefixes, v, n * sizeof(*v));
	s->n_prefixes = last->n_prefixes + n;
	policy_set_put(last);
	m->sets.v[m->sets.n - 1] = s;
	*taken = n;
	return 0;
}

static int add_chunks(struct policy_members *m, struct policy_index *ix,
		      const struct policy_prefix *v, size_t n)
{
	size_t done;
	int rc = merge_last(m, ix, v, n, &done);

	while (!rc && done < n) {
		size_t part = n - done < POLICY_CHUNK ? n - done : POLICY_CHUNK;
		struct policy_set *s;

		rc = policy_vec_reserve(&m->sets, 1);
		if (rc)
			break;
		s = set_of(ix, v + done, part);
		if (!s)
			return -ENOMEM;
		policy_vec_insert(&m->sets, m->sets.n, s);
		done += part;
	}
	return rc;
}

int policy_members_add_prefixes(struct policy_members *m, struct policy_index *ix,
				const struct policy_prefix *v, size_t n)
{
	struct policy_prefix *sorted;
	int rc = -ENOMEM;

	if (!n)
		return 0;
	sorted = sorted_prefixes(v, &n);
	if (!sorted)
		return -ENOMEM;
	n = leave_new(m, sorted, n);
	if (n != SIZE_MAX)
		rc = n ? add_chunks(m, ix, sorted, n) : 0;
	free(sorted);
	return rc;
}

/* The chunk without those; NULL in 'out': nothing is left, the chunk itself: all is. */
static int without(struct policy_set *s, const struct policy_prefix *sorted, size_t n,
		   struct policy_set **out)
{
	struct policy_set *left;
	size_t n_left = 0;

	for (size_t i = 0; i < s->n_prefixes; i++)
		n_left += !has_prefix(sorted, n, &s->prefixes[i]);
	*out = n_left ? s : NULL;
	if (!n_left || n_left == s->n_prefixes)
		return 0;
	left = policy_set_create(s->ix, n_left, 0);
	if (!left)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_prefixes; i++)
		if (!has_prefix(sorted, n, &s->prefixes[i]))
			left->prefixes[left->n_prefixes++] = s->prefixes[i];
	*out = left;
	return 0;
}

int policy_members_remove_prefixes(struct policy_members *m, const struct policy_prefix *v,
				   size_t n)
{
	struct policy_prefix *sorted = n ? sorted_prefixes(v, &n) : NULL;
	int rc = 0;

	if (!sorted)
		return n ? -ENOMEM : 0;
	for (size_t i = m->sets.n; !rc && i--;) {
		struct policy_set *s = m->sets.v[i], *left;

		rc = without(s, sorted, n, &left);
		if (rc || left == s)
			continue;
		policy_set_put(s);
		if (left)
			m->sets.v[i] = left;
		else
			policy_vec_remove(&m->sets, i);
	}
	free(sorted);
	return rc;
}

/* Takes the reference over; a set that is there already is dropped. */
static int add_shared(struct policy_vec *sets, struct policy_set *s)
{
	size_t i;

	if (!s)
		return -ENOMEM;
	if (policy_vec_find(sets, s, &i) || policy_vec_reserve(sets, 1)) {
		bool there = i < sets->n;

		policy_set_put(s);
		return there ? 0 : -ENOMEM;
	}
	policy_vec_insert(sets, sets->n, s);
	return 0;
}

int policy_members_share_prefixes(struct policy_members *m, struct policy_index *ix,
				  const struct policy_prefix *v, size_t n)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++)
		rc = add_shared(&m->sets, policy_set_of_prefix(ix, &v[i]));
	return rc;
}

int policy_services_share_terms(struct policy_services *s, struct policy_index *ix,
				const struct policy_term *v, size_t n)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++)
		rc = add_shared(&s->terms, policy_set_of_term(ix, &v[i]));
	return rc;
}

struct policy_services *policy_services_create(void)
{
	struct policy_services *s = calloc(1, sizeof(*s));

	if (s)
		s->refs = 1;
	return s;
}

struct policy_services *policy_services_get(struct policy_services *s)
{
	if (s)
		s->refs++;
	return s;
}

void policy_services_put(struct policy_services *s)
{
	if (!s || --s->refs)
		return;
	for (size_t i = 0; i < s->terms.n; i++)
		policy_set_put(s->terms.v[i]);
	policy_vec_fini(&s->terms);
	policy_vec_fini(&s->named);
	free(s);
}
