// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The classifier's changes: rules come and go, the tree grows nodes where
 * buckets overflow and loses them where few rules are left. Lookups are in
 * classifier_lookup.c, other readers in classifier_query.c.
 *
 * What is added or dropped is a chain, the rules of one match. A step that may
 * fail comes before those that cannot, and is undone when a later one fails.
 */
#include "classifier.h"

#include <errno.h>
#include <stdlib.h>

#include "classifier_private.h"

/* A node with so few different matches becomes a bucket again; fewer than what
 * fills one, so that a rule that comes and goes does not rebuild. */
#define COLLAPSE_MAX (RULE_BUCKET_MAX_WIDE / 2)

static void set_config(struct classifier *cls, const struct classifier_config *config)
{
	cls->config = *config;
	cls->layout = config->staged ? &stage_layout_staged : &stage_layout_flat;
	for (unsigned int i = 0; i < cls->layout->n; i++) {
		struct prefix_range *r = &cls->tracked[i];

		*r = prefix_fields_of(cls->layout, i);
		/* The last of the stages tells ports apart bit by bit in any case. */
		if (!config->prefix && !(config->staged && r->first >= PREFIX_TP_SRC))
			r->end = r->first;
	}
}

struct classifier *classifier_create(__u64 seed)
{
	struct classifier *cls = calloc(1, sizeof(*cls));

	if (!cls)
		return NULL;
	for (unsigned int i = 0; i < FLOW_KEY_WORDS; i++) {
		seed += 0x9e3779b97f4a7c15ULL;
		cls->seeds.word[i] = xvs_hash_finish(xvs_hash_finish(seed));
	}
	set_config(cls, &CLASSIFIER_CONFIG_DEFAULT);
	return cls;
}

struct classifier_config classifier_config(const struct classifier *cls)
{
	return cls->config;
}

static void branch_destroy(struct branch b);

static void node_destroy(struct stage_node *n)
{
	struct hmap_node *node;

	hmap_for_each (node, &n->by_mask) {
		const struct subtable *s = hmap_entry(node, struct subtable, node);
		const struct subtable_slot *slot;

		subtable_for_each (slot, s)
			branch_destroy(slot->below);
	}
	stage_node_destroy(n);
}

/* The tree, not the rules and their chains. */
static void branch_destroy(struct branch b)
{
	if (branch_is_none(b))
		return;
	if (branch_kind(b) == BRANCH_BUCKET)
		free(branch_bucket(b));
	else if (branch_kind(b) == BRANCH_NODE)
		node_destroy(branch_node(b));
}

void classifier_destroy(struct classifier *cls)
{
	if (!cls)
		return;
	branch_destroy(cls->root);
	uniform_index_fini(&cls->uniform);
	free(cls);
}

/* --- priorities of a chain in a subtable --- */

static void priorities_drop(struct subtable *s, const struct rule *from, const struct rule *to)
{
	for (; from != to; from = from->cls_next)
		priority_set_remove(&s->priorities, from->priority);
}

static int priorities_add(struct subtable *s, const struct rule *chain)
{
	for (const struct rule *r = chain; r; r = r->cls_next) {
		int err = priority_set_add(&s->priorities, r->priority);

		if (err) {
			priorities_drop(s, chain, r);
			return err;
		}
	}
	return 0;
}

/* --- a chain into the tree --- */

static int branch_add(const struct classifier *cls, struct branch *b, unsigned int stage,
		      struct rule *chain);

static struct subtable *subtable_of(const struct classifier *cls, const struct stage_node *n,
				    const struct flow_key *mask)
{
	return stage_node_find(n, mask, stage_first(cls->layout, n->stage),
			       cls->layout->end[n->stage]);
}

static struct subtable *node_new_subtable(const struct classifier *cls, struct stage_node *n,
					  const struct rule *rule, const struct flow_key *mask)
{
	struct subtable *s = subtable_create(mask, stage_first(cls->layout, n->stage),
					     cls->layout->end[n->stage]);

	if (!s)
		return NULL;
	s->first_word = (__u8)rule_stage_first(cls->layout, rule, n->stage);
	for (unsigned int f = 0; f < PREFIX_N; f++)
		if (classifier_tracks(cls, n->stage, f))
			s->lens.len[f] = rule->lens.len[f];
	if (stage_node_add(n, s)) {
		subtable_destroy(s);
		return NULL;
	}
	return s;
}

static int node_add_value(const struct classifier *cls, struct stage_node *n, struct subtable *s,
			  const struct flow_key *key, struct rule *chain)
{
	int err = prefix_index_add(&n->prefixes, &s->lens, key);

	if (err)
		return err;
	err = subtable_add(s, key, branch_of(chain, BRANCH_RULE), &cls->seeds);
	if (err)
		prefix_index_drop(&n->prefixes, &s->lens, key);
	return err;
}

static int node_add(const struct classifier *cls, struct stage_node *n, struct rule *chain)
{
	struct branch *below;
	struct subtable *s;
	struct match match;
	int err;

	rule_match(chain, &match);
	s = subtable_of(cls, n, &match.mask);
	if (!s)
		s = node_new_subtable(cls, n, chain, &match.mask);
	if (!s)
		return -ENOMEM;
	err = priorities_add(s, chain);
	if (!err) {
		below = subtable_find(s, &match.key, &cls->seeds);
		err = below ? branch_add(cls, below, n->stage + 1, chain)
			    : node_add_value(cls, n, s, &match.key, chain);
		if (err)
			priorities_drop(s, chain, NULL);
	}
	if (err) {
		if (!s->n)
			stage_node_drop(n, s);
		return err;
	}
	stage_node_rank(n, s);
	n->n_matches++;
	return 0;
}

/* The chains of 'b' and the new one become a node. */
static int bucket_split(const struct classifier *cls, struct branch *b, unsigned int stage,
			struct rule *chain)
{
	struct rule_bucket *bucket = branch_bucket(*b);
	struct stage_node_head head;
	struct stage_node *n;
	struct match match;
	int err;

	rule_match(chain, &match);
	head.key = &match.key;
	memcpy(head.value, bucket->value, sizeof(head.value));
	n = stage_node_create(stage, &head);
	err = n ? 0 : -ENOMEM;
	for (unsigned int i = 0; !err && i < bucket->n; i++)
		err = node_add(cls, n, bucket->place[i].first);
	if (!err)
		err = node_add(cls, n, chain);
	if (err) {
		if (n)
			node_destroy(n);
		return err;
	}
	free(bucket);
	*b = branch_of(n, BRANCH_NODE);
	return 0;
}

static int bucket_add(const struct classifier *cls, struct rule_bucket **bucket, unsigned int stage,
		      struct rule *chain)
{
	return rule_bucket_add(bucket, chain, rule_stage_first(cls->layout, chain, stage));
}

/* A bucket of two chains. */
static int bucket_create(const struct classifier *cls, struct branch *b, unsigned int stage,
			 struct rule *chain)
{
	struct rule_bucket *bucket = NULL;
	int err = bucket_add(cls, &bucket, stage, branch_rule(*b));

	if (!err)
		err = bucket_add(cls, &bucket, stage, chain);
	if (err) {
		free(bucket);
		return err;
	}
	/* The words of the stage before, by which it will be found. */
	if (stage) {
		unsigned int first = rule_stage_first(cls->layout, chain, stage - 1);

		for (unsigned int i = 0; i < BRANCH_VALUES && first + i < bucket->first_word; i++)
			bucket->value[i] = rule_values(chain)[first + i];
	}
	*b = branch_of(bucket, BRANCH_BUCKET);
	return 0;
}

/* There is no rule of equal match in the tree. */
static int branch_add(const struct classifier *cls, struct branch *b, unsigned int stage,
		      struct rule *chain)
{
	struct rule_bucket *bucket;
	int err;

	if (branch_is_none(*b)) {
		*b = branch_of(chain, BRANCH_RULE);
		return 0;
	}
	if (branch_kind(*b) == BRANCH_NODE)
		return node_add(cls, branch_node(*b), chain);
	if (branch_kind(*b) == BRANCH_RULE)
		return bucket_create(cls, b, stage, chain);
	bucket = branch_bucket(*b);
	if (rule_bucket_is_full(bucket))
		return bucket_split(cls, b, stage, chain);
	err = bucket_add(cls, &bucket, stage, chain);
	if (!err)
		*b = branch_of(bucket, BRANCH_BUCKET);
	return err;
}

/* --- a rule into or out of a chain that stays --- */

/* Links 'rule' into the chain of its match, which is below 'b', and adds its
 * priority on the way. On an error all is as before. */
static int branch_link(const struct classifier *cls, struct branch *b, const struct match *match,
		       struct rule *rule)
{
	struct rule *first;
	int err;

	if (branch_kind(*b) == BRANCH_NODE) {
		struct stage_node *n = branch_node(*b);
		struct subtable *s = subtable_of(cls, n, &match->mask);

		err = priority_set_add(&s->priorities, rule->priority);
		if (err)
			return err;
		err = branch_link(cls, subtable_find(s, &match->key, &cls->seeds), match, rule);
		if (err)
			priority_set_remove(&s->priorities, rule->priority);
		else
			stage_node_rank(n, s);
		return err;
	}
	if (branch_kind(*b) == BRANCH_BUCKET) {
		struct rule_bucket *bucket = branch_bucket(*b);
		unsigned int i = rule_bucket_find(bucket, match);

		first = bucket->place[i].first;
		err = rule_chain_add(&first, rule);
		rule_bucket_set(bucket, i, first);
		return err;
	}
	first = branch_rule(*b);
	err = rule_chain_add(&first, rule);
	*b = branch_of(first, BRANCH_RULE);
	return err;
}

int classifier_insert(struct classifier *cls, struct rule *rule)
{
	struct match match;
	int err;

	rule->cls_next = NULL;
	rule_match(rule, &match);
	if (classifier_chain(cls, &match))
		err = branch_link(cls, &cls->root, &match, rule);
	else
		err = branch_add(cls, &cls->root, 0, rule);
	if (err)
		return err;
	uniform_index_add(&cls->uniform, classifier_chain(cls, &match), !cls->n_rules, &cls->seeds);
	cls->n_rules++;
	return 0;
}

/* --- out of the tree --- */

static int gather(const struct classifier *cls, struct branch b, unsigned int stage,
		  struct rule_bucket **out)
{
	const struct rule_bucket *bucket;
	const struct stage_node *n;

	if (branch_is_none(b))
		return 0;
	if (branch_kind(b) == BRANCH_RULE)
		return bucket_add(cls, out, stage, branch_rule(b));
	if (branch_kind(b) == BRANCH_BUCKET) {
		bucket = branch_bucket(b);
		for (unsigned int i = 0; i < bucket->n; i++)
			if (bucket_add(cls, out, stage, bucket->place[i].first))
				return -ENOMEM;
		return 0;
	}
	n = branch_node(b);
	for (unsigned int i = 0; i < n->n; i++) {
		const struct subtable_slot *slot;

		subtable_for_each (slot, n->order[i])
			if (gather(cls, slot->below, stage, out))
				return -ENOMEM;
	}
	return 0;
}

/* Without memory the node stays, which is as right. */
static void node_collapse(const struct classifier *cls, struct branch *b)
{
	const struct stage_node *n = branch_node(*b);
	struct rule_bucket *bucket = NULL;

	if (gather(cls, *b, n->stage, &bucket)) {
		free(bucket);
		return;
	}
	if (bucket)
		memcpy(bucket->value, n->head.value, sizeof(bucket->value));
	branch_destroy(*b);
	*b = bucket ? branch_of(bucket, BRANCH_BUCKET) : (struct branch){0};
}

/* A rule that goes. */
struct leaver {
	struct rule *rule;
	struct match match;
	bool last; /* the chain goes with it */
};

static void branch_remove(const struct classifier *cls, struct branch *b, const struct leaver *l);

static void node_remove(const struct classifier *cls, struct stage_node *n, const struct leaver *l)
{
	struct subtable *s = subtable_of(cls, n, &l->match.mask);
	struct branch *below = subtable_find(s, &l->match.key, &cls->seeds);

	branch_remove(cls, below, l);
	priority_set_remove(&s->priorities, l->rule->priority);
	if (branch_is_none(*below)) {
		prefix_index_drop(&n->prefixes, &s->lens, &l->match.key);
		subtable_drop(s, below, &cls->seeds);
	}
	n->n_matches -= l->last;
	if (s->n)
		stage_node_rank(n, s);
	else
		stage_node_drop(n, s);
}

static void bucket_remove(struct branch *b, const struct leaver *l)
{
	struct rule_bucket *bucket = branch_bucket(*b);
	unsigned int i = rule_bucket_find(bucket, &l->match);
	struct rule *first = bucket->place[i].first;

	rule_chain_drop(&first, l->rule);
	if (first) {
		rule_bucket_set(bucket, i, first);
		return;
	}
	rule_bucket_drop(bucket, i);
	if (bucket->n > 1)
		return;
	*b = bucket->n ? branch_of(bucket->place[0].first, BRANCH_RULE) : (struct branch){0};
	free(bucket);
}

static void branch_remove(const struct classifier *cls, struct branch *b, const struct leaver *l)
{
	struct rule *first;

	switch (branch_kind(*b)) {
	case BRANCH_NODE:
		node_remove(cls, branch_node(*b), l);
		if (branch_node(*b)->n_matches <= COLLAPSE_MAX)
			node_collapse(cls, b);
		break;
	case BRANCH_BUCKET:
		bucket_remove(b, l);
		break;
	default:
		first = branch_rule(*b);
		rule_chain_drop(&first, l->rule);
		*b = branch_of(first, BRANCH_RULE);
		break;
	}
}

void classifier_remove(struct classifier *cls, struct rule *rule)
{
	struct leaver l = {.rule = rule};

	rule_match(rule, &l.match);
	l.last = classifier_chain(cls, &l.match) == rule && !rule->cls_next;
	branch_remove(cls, &cls->root, &l);
	uniform_index_remove(&cls->uniform, rule, classifier_chain(cls, &l.match), &cls->seeds);
	cls->n_rules--;
}

/* --- another configuration --- */

static int branch_copy(const struct classifier *to, struct branch *root, struct branch from)
{
	const struct rule_bucket *bucket;
	struct hmap_node *node;
	int err = 0;

	if (branch_is_none(from))
		return 0;
	if (branch_kind(from) == BRANCH_RULE)
		return branch_add(to, root, 0, branch_rule(from));
	if (branch_kind(from) == BRANCH_BUCKET) {
		bucket = branch_bucket(from);
		for (unsigned int i = 0; !err && i < bucket->n; i++)
			err = branch_add(to, root, 0, bucket->place[i].first);
		return err;
	}
	hmap_for_each (node, &branch_node(from)->by_mask) {
		const struct subtable *s = hmap_entry(node, struct subtable, node);
		const struct subtable_slot *slot;

		subtable_for_each (slot, s)
			err = err ? err : branch_copy(to, root, slot->below);
	}
	return err;
}

int classifier_configure(struct classifier *cls, const struct classifier_config *config)
{
	struct classifier to = *cls;
	int err;

	to.root = (struct branch){0};
	set_config(&to, config);
	err = branch_copy(&to, &to.root, cls->root);
	if (err) {
		branch_destroy(to.root);
		return err;
	}
	branch_destroy(cls->root);
	*cls = to;
	return 0;
}
