// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The xvs side of the comparison.
 */
#include "xvs_side.h"

#include <errno.h>
#include <stdio.h>

#include "flow_parse.h"
#include "random_table.h"
#include "xlate.h"

int xvs_side_open(struct xvs_side *x)
{
	x->sw = sw_create("sw0", 1);
	if (!x->sw)
		return -ENOMEM;
	for (__u16 no = 1; no <= TABLE_PORTS; no++) {
		char name[8];
		struct sw_port *p;
		int rc;

		snprintf(name, sizeof(name), "p%u", no);
		rc = sw_add_port(x->sw, name, no, &p);
		if (rc) {
			xvs_side_close(x);
			return rc;
		}
		p->up = true;
	}
	return 0;
}

void xvs_side_close(struct xvs_side *x)
{
	sw_destroy(x->sw);
	x->sw = NULL;
}

int xvs_side_add(struct xvs_side *x, const char *text, const struct match *match)
{
	struct parse_error err;
	struct flow_spec spec;
	struct rule *rule;
	int rc = flow_parse(text, FLOW_PARSE_ADD, NULL, &spec, &err);

	if (rc) {
		fprintf(stderr, "xvs: '%s': %s\n", text, err.message);
		return rc;
	}
	if (!match_equal(&spec.match, match)) {
		fprintf(stderr, "xvs: '%s' is not the match that it was made of\n", text);
		flow_spec_fini(&spec);
		return -EINVAL;
	}
	rule = flow_spec_rule(&spec, 0);
	flow_spec_fini(&spec);
	if (!rule)
		return -ENOMEM;
	rc = flow_table_insert(x->sw->tables, rule, false);
	if (rc)
		rule_put(rule);
	return rc;
}

int xvs_side_answer(const struct xvs_side *x, const struct flow_key *key, struct answer *answer)
{
	static struct xlate_out out;
	struct xlate_in in = {.sw = x->sw, .key = key};
	int rc = xlate(&in, &out);

	if (rc)
		return rc;
	answer->megaflow.mask = out.mask;
	flow_mask_key(&answer->megaflow.key, key, &out.mask);
	answer->out_port = out.verdict == XVS_VERDICT_OUTPUT ? out.out_port : 0;
	return out.verdict == XVS_VERDICT_PROGRAM ? -EPROTO : 0;
}
