// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The comparison of pipeline_run.h.
 */
#include "pipeline_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow_format.h"

#define MEMBERS (1ULL << PORT_MEMBER_FIRST | 1ULL << PORT_MEMBER_LAST)

int pipeline_run_open(struct pipeline_run *r, const char *dir)
{
	memset(r, 0, sizeof(*r));
	return ovs_pipe_open(&r->ovs, dir);
}

void pipeline_run_close(struct pipeline_run *r)
{
	ovs_pipe_close(&r->ovs);
	if (r->xvs.sw[0])
		xvs_pipe_close(&r->xvs);
}

int pipeline_run_load(struct pipeline_run *r, const struct pipeline *p, const struct scenario *s)
{
	int rc = 0;

	if (r->xvs.sw[0])
		xvs_pipe_close(&r->xvs);
	if (r->scenario != s)
		rc = ovs_pipe_setup(&r->ovs, s);
	r->scenario = s;
	if (!rc)
		rc = ovs_pipe_load(&r->ovs, p);
	if (!rc)
		rc = xvs_pipe_open(&r->xvs, s);
	return rc ? rc : xvs_pipe_load(&r->xvs, p);
}

/* Which of two live buckets it is, each switch decides by a hash of its own. And
 * Open vSwitch has its datapath output to a port that is down, where nothing
 * comes of it. */
static void simplify(struct effect *e)
{
	effect_remove_ports(e, 1ULL << PORT_DOWN);
	effect_merge_ports(e, MEMBERS);
}

/* The order of a flood is nobody's promise, and behind a patch port it decides in
 * which order others are reached. A mirror into a VLAN is a flood. What goes on in
 * another pass comes last here, and there where the rule says so. */
static bool is_flooded(const struct pipeline_run *r)
{
	static const char *const words[] = {"flooding", "FLOOD", "ALL", "forked to recirculate"};
	const char *trace = strbuf_str(&r->ovs.traces);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(trace, words[i]))
			return true;
	for (int i = 0; i < SCENARIO_MIRRORS; i++)
		if (r->scenario->mirror[i].name && !r->scenario->mirror[i].output_port)
			return true;
	return false;
}

static bool same_outputs(const struct pipeline_run *r, const struct effect *a,
			 const struct effect *b)
{
	return effect_equal(a, b) || (is_flooded(r) && effect_equal_unordered(a, b));
}

/* xvs takes the outer of two tags off at an access port of its VLAN, as a Linux
 * bridge does, and Open vSwitch where it looks at one tag only (vlan-limit=1, its
 * default); where it looks at two, such a port gets nothing. Whether there were
 * two is seen in what is left: a frame with a tag at an access port. */
static bool same_but_for_two_tags(struct pipeline_run *r, const struct effect *ours)
{
	static struct effect a, b;
	__u64 access_ports = 0;

	for (unsigned int no = 0; no < PORT_NUMBERS; no++)
		if (r->scenario->tag[no])
			access_ports |= 1ULL << no;
	a = r->ovs.effect;
	b = *ours;
	effect_remove_tagged(&a, access_ports);
	effect_remove_tagged(&b, access_ports);
	r->two_tags = same_outputs(r, &a, &b);
	return r->two_tags;
}

/* A translation of Open vSwitch that goes on in two passes or more. */
static bool has_copies_in_passes(const struct pipeline_run *r)
{
	const char *line = strbuf_str(&r->ovs.traces);

	while ((line = strstr(line, "Datapath actions: "))) {
		const char *end = line + strcspn(line, "\n");
		const char *first = strstr(line, "recirc(");
		const char *second = first ? strstr(first + 1, "recirc(") : NULL;

		if (second && second < end)
			return true;
		line = end;
	}
	return false;
}

static bool same_effect(struct pipeline_run *r)
{
	static struct effect ours;

	ours = r->xvs.effect;
	simplify(&ours);
	if (same_outputs(r, &r->ovs.effect, &ours) || same_but_for_two_tags(r, &ours))
		return true;
	r->copies = has_copies_in_passes(r);
	return r->copies;
}

static int compare_cookies(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

/* As often, in whatever order: floods lead into the other switch. A translation
 * that fails, or an expired TTL, has them end at different places. */
static bool same_rules(struct pipeline_run *r)
{
	struct ovs_pipe *o = &r->ovs;
	struct xvs_pipe *x = &r->xvs;

	if (r->copies || strstr(strbuf_str(&o->traces), "TTL exception") ||
	    strstr(strbuf_str(&o->traces), "Translation failed"))
		return true;
	qsort(o->crossed, o->n_crossed, sizeof(__u64), compare_cookies);
	qsort(x->crossed, x->n_crossed, sizeof(__u64), compare_cookies);
	return o->n_crossed == x->n_crossed &&
	       !memcmp(o->crossed, x->crossed, o->n_crossed * sizeof(__u64));
}

/* By the megaflow and by translation: also to the same one of several buckets. */
static int compare(struct pipeline_run *r, const struct pipeline_packet *packet)
{
	static struct effect replayed;
	bool same = true;
	int rc = xvs_pipe_replay(&r->xvs, packet, &r->hit);

	if (rc)
		return rc;
	if (r->hit) {
		same = same_effect(r);
		replayed = r->xvs.effect;
	}
	if (same) {
		rc = xvs_pipe_packet(&r->xvs, packet);
		same = !r->hit || effect_equal(&replayed, &r->xvs.effect);
	}
	if (rc || !same)
		r->verdict = RUN_OTHER_MEGAFLOW;
	else if (!same_effect(r))
		r->verdict = RUN_OTHER_EFFECT;
	else if (!same_rules(r))
		r->verdict = RUN_OTHER_RULES;
	return rc;
}

int pipeline_run_packet(struct pipeline_run *r, const struct pipeline_packet *packet)
{
	int rc = ovs_pipe_packet(&r->ovs, packet);

	if (rc)
		return rc;
	simplify(&r->ovs.effect);
	r->verdict = RUN_SAME;
	r->two_tags = r->copies = false;
	return compare(r, packet);
}

static void cover_group(const struct pipeline *p, const struct group *g, struct coverage *cov)
{
	char head[32];

	snprintf(head, sizeof(head), "group_id=%u,", g->id);
	for (size_t i = 0; i < p->n_lines; i++)
		if (p->line[i].group && !strncmp(p->line[i].text, head, strlen(head)))
			coverage_add(cov, p->line[i].text);
}

void pipeline_run_cover(const struct pipeline_run *r, const struct pipeline *p,
			struct coverage *cov)
{
	const struct xlate_refs *refs = &r->xvs.out.refs;

	for (size_t i = 0; i < r->xvs.n_crossed; i++)
		if (r->xvs.crossed[i] && r->xvs.crossed[i] <= p->n_lines)
			coverage_add(cov, p->line[r->xvs.crossed[i] - 1].text);
	for (size_t i = 0; i < refs->n; i++)
		if (refs->v[i].kind == XLATE_REF_BUCKET)
			cover_group(p, refs->v[i].group, cov);
}

static void print_lines(const struct pipeline *p)
{
	for (unsigned int b = 0; b < BRIDGES; b++) {
		struct strbuf text;

		strbuf_init(&text);
		pipeline_text(p, b, &text);
		printf("#   br%u:\n", b);
		for (const char *line = strbuf_str(&text); *line; line += strcspn(line, "\n") + 1)
			printf("#     %.*s\n", (int)strcspn(line, "\n"), line);
		strbuf_fini(&text);
	}
}

static const char *drop_name(enum xvs_drop_reason reason)
{
	static const char *const names[] = {[0] = "no",
#define REASON_NAME(sym, name, text) [XVS_DROP_##sym] = name,
					    XVS_DROP_REASONS(REASON_NAME)
#undef REASON_NAME
	};

	return names[reason];
}

static void print_program(const struct xvs_pipe *x)
{
	struct strbuf text;

	strbuf_init(&text);
	program_format(&text, x->out.ops, x->out.n_ops, NULL);
	printf("#   xvs, in %u passes, drop reason %s; the last: %s\n", x->passes,
	       drop_name(x->reason), strbuf_str(&text));
	strbuf_fini(&text);
}

static void print_traces(const struct ovs_pipe *o)
{
	for (const char *line = strbuf_str(&o->traces); *line;) {
		size_t n = strcspn(line, "\n");

		if (n)
			printf("#     %.*s\n", (int)n, line);
		line += n + (line[n] == '\n');
	}
}

void pipeline_run_print(struct pipeline_run *r, const struct pipeline *p,
			const struct packet_list *packets)
{
	static const char *const verdicts[RUN_VERDICTS] = {
		[RUN_SAME] = "the same",
		[RUN_OTHER_EFFECT] = "another effect",
		[RUN_OTHER_MEGAFLOW] = "another effect by the megaflow of an earlier packet",
		[RUN_OTHER_RULES] = "other rules",
	};

	if (p->seed)
		printf("#   XVS_TEST_SEED=%#llx\n", (unsigned long long)p->seed);
	printf("#   scenario '%s': %s\n", r->scenario->name, verdicts[r->verdict]);
	print_lines(p);
	for (size_t i = 0; i < packets->n; i++) {
		printf("#   in_port %u:", packets->v[i]->in_port);
		packet_dump(stdout, "", packets->v[i]->frame.data, packets->v[i]->frame.len);
	}
	effect_print_diff(stdout, "Open vSwitch", &r->ovs.effect, &r->xvs.effect);
	effect_print_diff(stdout, "xvs", &r->xvs.effect, &r->ovs.effect);
	print_program(&r->xvs);
	print_traces(&r->ovs);
}
