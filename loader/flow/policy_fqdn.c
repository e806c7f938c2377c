// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Names in DNS as members: patterns, and the addresses that are learned for them; see
 * policy.h.
 */
#include "policy_private.h"

static int order_fqdn(const void *item, const void *key)
{
	return strcmp(((const struct policy_fqdn *)item)->name, key);
}

int policy_fqdn_get(struct policy_index *ix, const char *name, struct policy_fqdn **out)
{
	struct policy_fqdn *f;
	size_t i;

	if (policy_vec_search(&ix->fqdns, order_fqdn, name, &i)) {
		*out = policy_fqdn_ref(ix->fqdns.v[i]);
		return 0;
	}
	f = policy_vec_reserve(&ix->fqdns, 1) ? NULL : calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->set = policy_set_create(ix, 0, 0);
	if (!f->set) {
		free(f);
		return -ENOMEM;
	}
	f->refs = 1;
	f->ix = policy_index_get(ix);
	strncpy(f->name, name, sizeof(f->name) - 1);
	policy_vec_insert(&ix->fqdns, i, f);
	*out = f;
	return 0;
}

struct policy_fqdn *policy_fqdn_ref(struct policy_fqdn *f)
{
	f->refs++;
	return f;
}

void policy_fqdn_put(struct policy_fqdn *f)
{
	struct policy_index *ix;
	size_t i;

	if (!f || --f->refs)
		return;
	ix = f->ix;
	policy_vec_search(&ix->fqdns, order_fqdn, f->name, &i);
	policy_vec_remove(&ix->fqdns, i);
	policy_set_put(f->set);
	free(f->until_ms);
	free(f);
	policy_index_put(ix);
}

/* "*.example.org" is each name that ends in ".example.org". */
static bool fits(const struct policy_fqdn *f, const char *name)
{
	size_t len = strlen(name), end = strlen(f->name) - 1;

	if (f->name[0] != '*')
		return !strcmp(f->name, name);
	return len > end && !strcmp(name + len - end, f->name + 1);
}

bool policy_has_fqdns(const struct policy *p)
{
	return p->ix->fqdns.n;
}

bool policy_wants_name(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->ix->fqdns.n; i++)
		if (fits(p->ix->fqdns.v[i], name))
			return true;
	return false;
}

static int learn(struct policy_fqdn *f, const struct policy_prefix *prefix, __u64 until_ms)
{
	struct policy_set *s = f->set;
	size_t i = 0;

	while (i < s->n_prefixes &&
	       (s->prefixes[i].value != prefix->value || s->prefixes[i].family != prefix->family))
		i++;
	if (i < s->n_prefixes) {
		if (until_ms > f->until_ms[i])
			f->until_ms[i] = until_ms;
		return 0;
	}
	if (i >= POLICY_MAX_LEARNED)
		return -ENOSPC;
	if (i == f->allocated) {
		size_t allocated = f->allocated ? 2 * f->allocated : 4;
		__u64 *v = reallocarray(f->until_ms, allocated, sizeof(*v));

		if (!v)
			return -ENOMEM;
		f->until_ms = v;
		f->allocated = allocated;
	}
	if (policy_set_add(s, prefix))
		return -ENOMEM;
	f->until_ms[i] = until_ms;
	return 1;
}

int policy_learn(struct policy *p, const char *name, const struct policy_address *address,
		 __u64 until_ms)
{
	unsigned int n = policy_family_bytes(address->family);
	const struct policy_prefix prefix = {
		.value = policy_prefix_bits(address->addr, n),
		.len = (__u8)(8 * n),
		.family = (__u8)address->family,
	};
	int changed = 0, error = 0;

	for (size_t i = 0; i < p->ix->fqdns.n; i++) {
		int rc = fits(p->ix->fqdns.v[i], name) ? learn(p->ix->fqdns.v[i], &prefix, until_ms)
						       : 0;

		changed |= rc > 0;
		if (rc < 0)
			error = rc;
	}
	/* What was learned counts, though another pattern has no room. */
	return changed ? changed : error;
}

bool policy_expire(struct policy *p, __u64 now_ms)
{
	bool any = false;

	for (size_t i = 0; i < p->ix->fqdns.n; i++) {
		struct policy_fqdn *f = p->ix->fqdns.v[i];

		for (size_t k = f->set->n_prefixes; k--;) {
			if (f->until_ms[k] > now_ms)
				continue;
			policy_set_remove(f->set, k);
			f->until_ms[k] = f->until_ms[f->set->n_prefixes];
			any = true;
		}
	}
	return any;
}

__u64 policy_next_expiry(const struct policy *p)
{
	__u64 next = UINT64_MAX;

	for (size_t i = 0; i < p->ix->fqdns.n; i++) {
		const struct policy_fqdn *f = p->ix->fqdns.v[i];

		for (size_t k = 0; k < f->set->n_prefixes; k++)
			if (f->until_ms[k] < next)
				next = f->until_ms[k];
	}
	return next;
}
