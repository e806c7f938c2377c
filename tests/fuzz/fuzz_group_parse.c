// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fuzzes the text of groups and meters. Any input gives an object or an error
 * with a place inside the text; an object that was read prints as text that reads
 * as the same object.
 *
 * Input: one byte (group, meter, or the number of one), then the text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "flow_names.h"
#include "fuzz_text.h"
#include "group_text.h"
#include "meter_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_bucket(const char *text, const struct group *g, const struct group_bucket *b)
{
	size_t n_ends = 0;

	for (size_t i = 0; i < b->actions.n; i++)
		expect(group_bucket_takes(&b->actions.v[i]), "no action of a set", text);
	expect(b->ordered.n <= b->actions.n, "a set of more actions", text);
	for (size_t i = 0; i < b->ordered.n; i++)
		n_ends += b->ordered.v[i].type == OFACT_GROUP ||
			  b->ordered.v[i].type == OFACT_RESUBMIT ||
			  b->ordered.v[i].type == OFACT_CT;
	expect(n_ends <= 1, "a set with several ends", text);
	expect(g->type == GROUP_SELECT || !b->weight, "a weight", text);
	expect(g->type != GROUP_FAST_FAILOVER || b->watch_port || b->watch_group != GROUP_NONE,
	       "a bucket that watches nothing", text);
}

static bool same_bucket(const struct group_bucket *a, const struct group_bucket *b)
{
	return a->id == b->id && a->weight == b->weight && a->watch_port == b->watch_port &&
	       a->watch_group == b->watch_group && ofacts_equal(&a->actions, &b->actions) &&
	       ofacts_equal(&a->ordered, &b->ordered);
}

static bool same_group(const struct group *a, const struct group *b)
{
	bool same = a->id == b->id && a->type == b->type && a->selection == b->selection &&
		    a->hash_basis == b->hash_basis && a->n_fields == b->n_fields &&
		    a->n_buckets == b->n_buckets;

	for (size_t i = 0; same && i < a->n_fields; i++)
		same = a->fields[i].field == b->fields[i].field &&
		       !memcmp(&a->fields[i].mask, &b->fields[i].mask, sizeof(a->fields[i].mask));
	for (size_t i = 0; same && i < a->n_buckets; i++)
		same = same_bucket(&a->buckets[i], &b->buckets[i]);
	return same;
}

static void check_group(const char *text)
{
	struct parse_error err = {.column = (size_t)-1};
	struct group *g, *again;
	struct strbuf out;

	if (group_parse(text, &test_names, &g, &err)) {
		check_error(text, &err);
		return;
	}
	for (size_t i = 0; i < g->n_buckets; i++)
		check_bucket(text, g, &g->buckets[i]);
	strbuf_init(&out);
	group_format(&out, g, &test_names);
	if (group_parse(strbuf_str(&out), &test_names, &again, &err))
		expect(false, err.message, strbuf_str(&out));
	expect(same_group(g, again), "another group", strbuf_str(&out));
	group_put(again);
	group_put(g);
	strbuf_fini(&out);
}

static void check_meter(const char *text)
{
	struct parse_error err = {.column = (size_t)-1};
	struct meter_config config, again = {0};
	struct strbuf out;
	__u32 id, id_again;

	if (meter_parse(text, &id, &config, &err)) {
		check_error(text, &err);
		return;
	}
	expect(id && config.rate, "a meter of nothing", text);
	strbuf_init(&out);
	meter_format(&out, id, &config);
	if (meter_parse(strbuf_str(&out), &id_again, &again, &err))
		expect(false, err.message, strbuf_str(&out));
	expect(id == id_again && config.bytes == again.bytes && config.stats == again.stats &&
		       config.rate == again.rate && config.burst == again.burst,
	       "another meter", strbuf_str(&out));
	strbuf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parse_error err = {.column = (size_t)-1};
	char *text;
	__u32 id;

	if (!size)
		return 0;
	text = text_of(data, size);
	if (!text)
		return 0;
	switch (data[0] % 4) {
	case 0:
		check_group(text);
		break;
	case 1:
		check_meter(text);
		break;
	case 2:
		if (group_id_parse(text, &id, &err))
			check_error(text, &err);
		break;
	default:
		if (meter_id_parse(text, &id, &err))
			check_error(text, &err);
		break;
	}
	free(text);
	return 0;
}
