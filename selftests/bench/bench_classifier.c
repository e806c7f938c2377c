// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Our classifier under the measure of measure.h, and what its optimisations
 * do. No privileges are needed. bench/classifier.sh runs it in turns with that
 * of Open vSwitch; the shape of ovstest's own rules is in bench_shape.c.
 *
 *   bench_classifier FILE SECONDS [closely]    the line of measure_main
 *   bench_classifier --ablation FILE SECONDS   with each optimisation switched off
 *   bench_classifier --shape RULES LOOKUPS     "rules=", "plain=", "mask=" lookups/s
 *   bench_classifier --circumstances           kernel, CPU, mitigations
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "bench_shape.h"
#include "classifier.h"
#include "measure.h"
#include "ruleset_flow.h"

#define SEED 0x5eed
#define VERSION 1

static struct classifier *cls;
static struct rule **rules, *copies[MEASURE_BATCH];
static uint32_t copied[MEASURE_BATCH];
static struct flow_key keys[MEASURE_BATCH];
static struct flow_key last_wc; /* of the last lookup with mask */

/* As a user's rule is: with an action in memory of its own. */
static struct rule *new_rule(const struct match *match, __u16 priority)
{
	static const struct ofact output = {.type = OFACT_OUTPUT, .port = 2};
	struct ofacts actions = {0};
	struct rule *rule;

	if (ofacts_append(&actions, &output))
		return NULL;
	rule = rule_create(
		&(struct rule_spec){.match = match, .priority = priority, .actions = &actions});
	if (!rule) {
		ofacts_fini(&actions);
		return NULL;
	}
	rule->version_from = VERSION;
	rule->version_to = ~0ULL;
	return rule;
}

static int make_rules(const struct ruleset *rs)
{
	rules = calloc(rs->n_rules, sizeof(struct rule *));
	for (size_t i = 0; rules && i < rs->n_rules; i++) {
		struct match match;

		tuple_rule_match(&rs->rules[i], &match);
		rules[i] = new_rule(&match, rs->rules[i].priority);
		if (!rules[i])
			return -ENOMEM;
	}
	return rules ? 0 : -ENOMEM;
}

static int insert(const struct ruleset *rs)
{
	int err = 0;

	cls = classifier_create(SEED);
	if (!cls)
		return -ENOMEM;
	for (size_t i = 0; !err && i < rs->n_rules; i++)
		err = classifier_insert(cls, rules[i]);
	return err;
}

static void unload(const struct ruleset *rs)
{
	classifier_destroy(cls);
	for (size_t i = 0; i < rs->n_rules; i++)
		rule_put(rules[i]);
	free(rules);
}

static void make_key(const struct tuple_packet *p, size_t slot)
{
	tuple_packet_key(p, 1, &keys[slot]);
}

static void lookup(size_t n, bool mask, uint32_t *priority)
{
	for (size_t i = 0; i < n; i++) {
		const struct rule *found;
		struct flow_key wc;

		if (mask)
			memset(&wc, 0, sizeof(wc));
		found = classifier_lookup(cls, VERSION, &keys[i], mask ? &wc : NULL);
		priority[i] = found ? found->priority : 0;
		if (mask && i == n - 1)
			last_wc = wc;
	}
}

static void megaflow(size_t slot, uint64_t *entry, uint64_t *mask)
{
	*mask = measure_hash(&last_wc, &last_wc, FLOW_KEY_WORDS);
	*entry = *mask ^ measure_hash(&keys[slot], &last_wc, FLOW_KEY_WORDS) * 3;
}

static int copy(const uint32_t *which, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct rule *old = rules[which[i]];
		struct match match;

		copied[i] = which[i];
		rule_match(old, &match);
		copies[i] = new_rule(&match, old->priority);
		if (!copies[i])
			return -ENOMEM;
	}
	return 0;
}

static void swap(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct rule *old = rules[copied[i]];

		classifier_remove(cls, old);
		if (classifier_insert(cls, copies[i]))
			exit(1);
		rules[copied[i]] = copies[i];
		copies[i] = old;
	}
}

static void drop(size_t n)
{
	for (size_t i = 0; i < n; i++)
		rule_put(copies[i]);
}

static const struct measure_ops ops = {.make = make_rules,
				       .insert = insert,
				       .key = make_key,
				       .lookup = lookup,
				       .megaflow = megaflow,
				       .copy = copy,
				       .swap = swap,
				       .drop = drop};

/* ---------------------------------------------------------------- ablation */

struct effort {
	size_t probes, compared;
};

static void count_step(void *aux, const struct classifier_step *step)
{
	struct effort *e = aux;

	e->probes += step->kind == CLASSIFIER_PROBE;
	e->compared += step->kind == CLASSIFIER_RULE;
}

/* Steps of the first lookup of each flow. */
static struct effort look_closely(const struct ruleset *rs)
{
	struct effort effort = {0};

	for (size_t i = 0; i < rs->n_flows; i++) {
		struct flow_key key, wc = {0};

		tuple_packet_key(&rs->flows[i], 1, &key);
		classifier_explain(cls, VERSION, &key, &wc, count_step, &effort);
	}
	return effort;
}

static int print_configuration(const struct ruleset *rs, const char *name, double seconds)
{
	double plain = measure_lookups(&ops, rs, TRACE_UNIFORM, false, seconds);
	double mask = measure_lookups(&ops, rs, TRACE_UNIFORM, true, seconds);
	struct effort effort = look_closely(rs);
	struct classifier_stats stats;
	size_t n_entries, n_masks;
	int err = measure_megaflows(&ops, rs, &n_entries, &n_masks);

	classifier_stats(cls, &stats);
	printf("  %-18s %8.3f %8.3f %8.1f %8.1f %9zu %7zu %9zu %6zu\n", name, plain / 1e6,
	       mask / 1e6, (double)effort.probes / (double)rs->n_flows,
	       (double)effort.compared / (double)rs->n_flows, stats.n_subtables,
	       stats.bytes / rs->n_rules, n_entries, n_masks);
	fflush(stdout);
	return err;
}

static int ablation(const char *path, double seconds)
{
	static const struct {
		const char *name;
		struct classifier_config config;
	} rows[] = {
		{"all on", {.priority_sort = true, .staged = true, .prefix = true}},
		{"staged off", {.priority_sort = true, .prefix = true}},
		{"prefix off", {.priority_sort = true, .staged = true}},
		{"priority-sort off", {.staged = true, .prefix = true}},
		{"all off", {0}},
	};
	struct ruleset rs;
	int err = ruleset_read(&rs, path);

	err = err ? err : make_rules(&rs);
	err = err ? err : insert(&rs);
	if (!err)
		printf("  %-18s %8s %8s %8s %8s %9s %7s %9s %6s\n", "", "plain M/s", "mask M/s",
		       "probes", "compared", "subtables", "B/rule", "megaflows", "masks");
	for (size_t i = 0; !err && i < sizeof(rows) / sizeof(rows[0]); i++) {
		err = classifier_configure(cls, &rows[i].config);
		err = err ? err : print_configuration(&rs, rows[i].name, seconds);
	}
	if (err)
		fprintf(stderr, "bench_classifier: %s: %s\n", path, strerror(-err));
	else
		unload(&rs);
	ruleset_fini(&rs);
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--circumstances")) {
		bench_circumstances("classifier, one thread");
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "--ablation"))
		return ablation(argv[2], strtod(argv[3], NULL));
	if (argc == 4 && !strcmp(argv[1], "--shape"))
		return bench_shape(strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0));
	return measure_main(&ops, argc, argv);
}
