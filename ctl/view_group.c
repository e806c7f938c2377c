// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Groups and meters for people; see view_group.h.
 */
#include "view_group.h"

#include "view_private.h"

static void put_text(struct strbuf *out, const json_t *o)
{
	output_escaped(out, text_of(o, "text"));
	strbuf_addc(out, '\n');
}

static void put_bucket(struct strbuf *out, const json_t *b)
{
	strbuf_printf(out, "    bucket %lld: n_packets=%lld, n_bytes=%lld%s\n",
		      number_of(b, "bucket_id"), number_of(b, "packets"), number_of(b, "bytes"),
		      json_is_true(json_object_get(b, "alive")) ? "" : ", not alive");
}

static void put_group(struct strbuf *out, const json_t *g, bool stats)
{
	json_t *bucket;
	size_t i;

	put_text(out, g);
	if (!stats)
		return;
	strbuf_printf(out, "    duration=%llds, n_packets=%lld, n_bytes=%lld\n",
		      number_of(g, "age_s"), number_of(g, "packets"), number_of(g, "bytes"));
	json_array_foreach (json_object_get(g, "buckets"), i, bucket)
		put_bucket(out, bucket);
}

void view_groups(struct strbuf *out, const json_t *list, bool stats)
{
	json_t *g;
	size_t i;

	json_array_foreach (list, i, g)
		put_group(out, g, stats);
}

static void put_meter(struct strbuf *out, const json_t *m, bool stats)
{
	put_text(out, m);
	if (!stats)
		return;
	strbuf_printf(out,
		      "    duration=%llds, n_packets=%lld, n_bytes=%lld\n"
		      "    dropped: n_packets=%lld, n_bytes=%lld\n",
		      number_of(m, "age_s"), number_of(m, "packets"), number_of(m, "bytes"),
		      number_of(m, "dropped_packets"), number_of(m, "dropped_bytes"));
}

void view_meters(struct strbuf *out, const json_t *list, bool stats)
{
	json_t *m;
	size_t i;

	json_array_foreach (list, i, m)
		put_meter(out, m, stats);
}
