// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The file of a rule set; see ruleset.h. A header with the counts, then the
 * arrays as they lie in memory.
 */
#include "ruleset.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "xvsrule1"
#define MAX_ITEMS (1 << 24) /* of each array: keeps a damaged file from taking all memory */

struct head {
	char magic[8];
	uint64_t n_rules, n_flows, n_packets;
};

static bool put(FILE *f, const void *items, size_t size, size_t n)
{
	return fwrite(items, size, n, f) == n;
}

static bool put_all(FILE *f, const struct ruleset *rs)
{
	struct head head = {
		.n_rules = rs->n_rules, .n_flows = rs->n_flows, .n_packets = rs->n_packets};
	bool good;

	memcpy(head.magic, MAGIC, sizeof(head.magic));
	good = put(f, &head, sizeof(head), 1) &&
	       put(f, rs->rules, sizeof(*rs->rules), rs->n_rules) &&
	       put(f, rs->flows, sizeof(*rs->flows), rs->n_flows);
	for (int t = 0; t < TRACE_N; t++)
		good = good && put(f, rs->trace[t], sizeof(uint32_t), rs->n_packets);
	return good;
}

int ruleset_write(const struct ruleset *rs, const char *path)
{
	FILE *f = fopen(path, "we");
	bool good;

	if (!f)
		return -errno;
	good = put_all(f, rs);
	if (fclose(f) || !good)
		return errno ? -errno : -EIO;
	return 0;
}

static void *get(FILE *f, size_t size, size_t n)
{
	void *items = calloc(n ? n : 1, size);

	if (items && fread(items, size, n, f) != n) {
		free(items);
		return NULL;
	}
	return items;
}

static bool get_all(FILE *f, struct ruleset *rs)
{
	struct head head;

	if (fread(&head, sizeof(head), 1, f) != 1 ||
	    memcmp(head.magic, MAGIC, sizeof(head.magic)) || head.n_rules > MAX_ITEMS ||
	    head.n_flows > MAX_ITEMS || head.n_packets > MAX_ITEMS)
		return false;
	rs->n_rules = head.n_rules;
	rs->n_flows = head.n_flows;
	rs->n_packets = head.n_packets;
	rs->rules = get(f, sizeof(*rs->rules), rs->n_rules);
	rs->flows = rs->rules ? get(f, sizeof(*rs->flows), rs->n_flows) : NULL;
	for (int t = 0; t < TRACE_N; t++) {
		rs->trace[t] = rs->flows ? get(f, sizeof(uint32_t), rs->n_packets) : NULL;
		if (!rs->trace[t])
			return false;
		for (size_t i = 0; i < rs->n_packets; i++)
			if (rs->trace[t][i] >= rs->n_flows)
				return false;
	}
	return true;
}

int ruleset_read(struct ruleset *rs, const char *path)
{
	FILE *f = fopen(path, "re");
	bool good;

	*rs = (struct ruleset){0};
	if (!f)
		return -errno;
	good = get_all(f, rs);
	fclose(f);
	if (good)
		return 0;
	ruleset_fini(rs);
	return -EINVAL;
}

void ruleset_fini(struct ruleset *rs)
{
	free(rs->rules);
	free(rs->flows);
	for (int t = 0; t < TRACE_N; t++)
		free(rs->trace[t]);
	*rs = (struct ruleset){0};
}
