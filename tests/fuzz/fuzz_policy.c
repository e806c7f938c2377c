// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fuzzes the commands of a policy. Any line is done, or refused with a place inside of
 * it, and then nothing has changed; what comes of all lines prints as text that makes an
 * equal policy, and decides about packets.
 *
 * Input: one byte (seed of the packets), then lines.
 */
#include <stdint.h>
#include <stdlib.h>

#include "fuzz_text.h"
#include "policy_compile.h"
#include "policy_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Something for lines to refer to. */
static const char *const base[] = {
	"section add a",
	"group add g addresses=10.0.0.0/8",
	"group add h tags=t",
	"service add s terms=tcp:80",
	"rule add a id=1 action=drop",
};

static void print(struct strbuf *out, const struct policy *p)
{
	strbuf_init(out);
	policy_format(out, p);
}

static void apply_line(struct policy *p, const char *line)
{
	struct parse_error err = {.column = (size_t)-1};
	struct strbuf before, after;

	print(&before, p);
	if (policy_apply(p, line, NULL, &err)) {
		check_error(line, &err);
		print(&after, p);
		expect(!strcmp(strbuf_str(&before), strbuf_str(&after)), "a change", line);
		strbuf_fini(&after);
	}
	strbuf_fini(&before);
}

static void check_again(const struct policy *p, const char *text)
{
	struct strbuf before, after;
	struct policy *again;
	char *copy, *save = NULL;

	print(&before, p);
	copy = strdup(strbuf_str(&before));
	if (!copy || policy_create(1, &again))
		abort();
	for (char *l = strtok_r(copy, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		struct parse_error err = {0};

		if (policy_apply(again, l, NULL, &err))
			expect(false, err.message, l);
	}
	print(&after, again);
	expect(!strcmp(strbuf_str(&before), strbuf_str(&after)), "another policy", text);
	policy_put(again);
	free(copy);
	strbuf_fini(&before);
	strbuf_fini(&after);
}

static void decide(const struct policy *p, uint8_t seed, const char *text)
{
	struct flow_key key = {0}, wc = {0};
	const struct policy_query q = {
		.key = &key,
		.direction = seed & 1 ? POLICY_IN : POLICY_OUT,
		.port_no = 1,
		.in_port = seed & 2 ? 1 : 0,
		.out_port = 1,
	};
	struct policy_verdict v;

	key.dl_type = seed & 4 ? XVS_BE16(0x0800) : XVS_BE16(0x86dd);
	key.nw_proto = 6;
	key.nw_src = XVS_BE32(0x0a000000U | seed);
	key.tp_dst = XVS_BE16(80);
	policy_decide(p, &q, &wc, &v);
	expect(v.rule == policy_find_rule(p, v.rule->id), "a rule of another policy", text);
	expect(v.rule->id == POLICY_RULE_DEFAULT || policy_rule_covers(p, v.rule->id, &key) ||
		       q.in_port || q.out_port,
	       "a rule that does not cover the packet", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *tag = "t";
	const struct policy_port port = {.port_no = 1, .name = "vm1", .tags = &tag, .n_tags = 1};
	char *text, *save = NULL;
	struct policy *p;

	if (!size)
		return 0;
	text = text_of(data, size);
	if (!text || policy_create(1, &p))
		abort();
	for (size_t i = 0; i < sizeof(base) / sizeof(base[0]); i++)
		apply_line(p, base[i]);
	if (policy_set_port(p, &port))
		abort();
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		apply_line(p, l);
	check_again(p, text);
	if (policy_compile(p))
		abort();
	decide(p, data[0], text);
	policy_put(p);
	free(text);
	return 0;
}
