// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Whole pipelines: translation, the reference executor and the fast path's parser
 * together, with a cache of megaflows between them, against an interpreter that
 * knows of no mask. A packet must leave by the same ports with the same bytes,
 * whether it was translated or found in the cache; and what is in the cache must
 * be what its translation says, for every packet that finds it.
 *
 * XVS_TEST_SEED repeats one pipeline, XVS_TEST_TABLES says how many there are.
 */
#include "execute_ref.h"
#include "fake_ct.h"
#include "flow_format.h"
#include "frame_parse.h"
#include "pipeline_gen.h"
#include "xlate.h"
#include "xlate_trace.h"

#define PIPELINES 6000
#define PACKETS 8
#define TWINS 4 /* of each packet: others of its megaflow */
#define CACHE_MAX 512

struct megaflow {
	struct xvs_flow_key key, mask;
	struct xlate_out out;
};

/* What there is of one pipeline. */
struct bench {
	unsigned long long seed;
	struct interpreter in;
	struct xlate_env env;
	struct controller_points points;
	struct megaflow *cache[CACHE_MAX];
	size_t n_cache;
	size_t n_carried[INTERPRETER_RULES]; /* by the references of the megaflows used */
};

/* One packet on its way through the cache. */
struct journey {
	const struct bench *b;
	struct interpreter_result *got;
	__u32 recirc_id;
	struct xvs_flow_key tracking; /* that the next pass has */
};

static struct {
	size_t packets, no_packet, hits, passes, programs, unknown, too_big, stuck, tracked, ct;
} total;

static void show_translation(const struct bench *b, const struct xvs_flow_key *pkt)
{
	static struct xlate_out out;
	struct flow_key key = flow_of_packet(pkt);
	struct xlate_trace trace = {0};
	struct xlate_in in = {.env = &b->env, .sw = b->in.sw[0], .key = &key, .trace = &trace};
	struct match m = {.key = key};
	struct strbuf text;

	flow_exact_mask(&key, &m.mask);
	strbuf_init(&text);
	match_format(&text, &m, NULL);
	print_error("packet %s\n", strbuf_str(&text));
	strbuf_fini(&text);
	xlate(&in, &out);
	for (size_t i = 0; i < trace.n; i++)
		print_error("  %s\n", trace.steps[i]);
	m.mask = out.mask;
	flow_mask_key(&m.key, &key, &m.mask);
	strbuf_init(&text);
	match_format(&text, &m, NULL);
	strbuf_add(&text, " actions=");
	program_format(&text, out.ops, out.n_ops, NULL);
	print_error("megaflow %s\n", strbuf_str(&text));
	strbuf_fini(&text);
	xlate_trace_fini(&trace);
	xlate_out_fini(&out);
}

/* 'pkt' is a packet, 'other' another one of its megaflow, or NULL. */
static void fault(const struct bench *b, const char *what, const struct xvs_flow_key *pkt,
		  const struct xvs_flow_key *other)
{
	print_error("XVS_TEST_SEED=%llu: %s\n", b->seed, what);
	pipeline_show(&b->in);
	show_translation(b, pkt);
	if (other)
		show_translation(b, other);
	fail();
}

static bool covers(const struct megaflow *m, const struct xvs_flow_key *key)
{
	__u64 diff = 0;

	for (int i = 0; i < XVS_KEY_WORDS; i++)
		diff |= (m->key.w[i] ^ key->w[i]) & m->mask.w[i];
	return !diff;
}

/* A program ends in one RECIRC at most: of copies only one goes on, and none that a
 * meter may end. */
static bool is_stuck(const struct xlate_trace *trace)
{
	for (size_t i = 0; i < trace->n; i++)
		if (strstr(trace->steps[i], "the next pass is another copy's") ||
		    strstr(trace->steps[i], "a metered copy has no next pass"))
			return true;
	return false;
}

static bool is_too_big(const struct xlate_out *out)
{
	return out->verdict == XVS_VERDICT_DROP && out->reason == XVS_DROP_PROGRAM_LIMIT;
}

/* NULL: more than a program can do. */
static struct megaflow *translate(struct bench *b, const struct xvs_flow_key *pkt)
{
	struct megaflow *m = calloc(1, sizeof(*m));
	struct flow_key key = flow_of_packet(pkt);
	struct xlate_trace trace = {0};
	struct xlate_in in = {
		.env = &b->env,
		.sw = b->in.sw[0],
		.key = &key,
		.mask_level = (enum mask_level)(b->seed / 4 % 4 ? 0 : b->seed % MASK_LEVEL_N),
		.trace = &trace,
	};
	int err = xlate(&in, &m->out);
	bool stuck = is_stuck(&trace);

	xlate_trace_fini(&trace);
	m->key = *pkt;
	m->mask = m->out.mask.pkt;
	assert_int_equal(err, 0);
	if (!is_too_big(&m->out) && !stuck)
		return m;
	total.too_big += is_too_big(&m->out);
	total.stuck += stuck;
	xlate_out_fini(&m->out);
	free(m);
	return NULL;
}

static void check_same(const struct bench *b, const struct megaflow *cached,
		       const struct megaflow *fresh)
{
	const struct xlate_out *a = &cached->out, *c = &fresh->out;

	if (memcmp(&cached->mask, &fresh->mask, sizeof(fresh->mask)))
		fault(b, "two packets of one megaflow have different masks", &cached->key,
		      &fresh->key);
	if (a->verdict != c->verdict || a->n_ops != c->n_ops ||
	    memcmp(a->ops, c->ops, a->n_ops * sizeof(a->ops[0])))
		fault(b, "two packets of one megaflow have different programs", &cached->key,
		      &fresh->key);
	if (!xlate_refs_equal(&a->refs, &c->refs))
		fault(b, "two packets of one megaflow count for different rules", &cached->key,
		      &fresh->key);
}

/* The megaflow that the packet finds, or a new one. */
static struct megaflow *look_up(struct bench *b, const struct xvs_flow_key *pkt)
{
	struct megaflow *fresh = translate(b, pkt);

	for (size_t i = 0; fresh && i < b->n_cache; i++) {
		if (!covers(b->cache[i], pkt))
			continue;
		check_same(b, b->cache[i], fresh);
		xlate_out_fini(&fresh->out);
		free(fresh);
		total.hits++;
		return b->cache[i];
	}
	if (fresh) {
		assert_true(b->n_cache < CACHE_MAX);
		b->cache[b->n_cache++] = fresh;
		total.programs += fresh->out.verdict == XVS_VERDICT_PROGRAM;
		total.ct += fresh->out.verdict == XVS_VERDICT_CT;
	}
	return fresh;
}

static void count_refs(struct bench *b, const struct xlate_refs *refs)
{
	for (size_t i = 0; i < refs->n; i++)
		for (size_t k = 0; refs->v[i].kind == XLATE_REF_RULE && k < b->in.n_rules; k++)
			b->n_carried[k] += refs->v[i].rule == b->in.rule[k].rule;
}

static void collect(struct journey *j, __u16 port_no, __u64 cookie, const struct ref_packet *pkt)
{
	struct interpreter_output *o = &j->got->output[j->got->n++];

	assert_true(j->got->n <= INTERPRETER_OUTPUTS);
	o->port_no = port_no;
	o->cookie = cookie;
	o->frame.len = pkt->len;
	memcpy(o->frame.bytes, pkt->data, pkt->len);
}

static void on_output(void *aux, __u16 port_no, const struct ref_packet *pkt)
{
	collect(aux, port_no, 0, pkt);
}

static bool on_meter(void *aux, __u32 slot, const struct ref_packet *pkt)
{
	return !(((struct journey *)aux)->b->in.closed >> slot & 1);
}

static void on_controller(void *aux, __u32 arg, const struct ref_packet *pkt)
{
	struct journey *j = aux;
	const struct controller_point *p = controller_point_find(&j->b->points, arg);

	collect(j, INTERPRETER_CONTROLLER, p ? p->cookie : 0, pkt);
}

static void on_recirc(void *aux, __u32 recirc_id, struct ref_packet *pkt)
{
	((struct journey *)aux)->recirc_id = recirc_id;
}

static enum xvs_drop_reason on_ct(void *aux, __u32 slot, struct ref_packet *pkt)
{
	struct journey *j = aux;
	const struct xvs_ct_action *action = ct_action_find(j->b->env.ct_actions, slot);

	assert_non_null(action);
	if (action->flags & XVS_CT_A_COMMIT)
		collect(j, INTERPRETER_CT, fake_ct_digest(action), pkt);
	if (action->flags & XVS_CT_A_CLEAR)
		j->tracking = (struct xvs_flow_key){0};
	else if (action->recirc_id)
		fake_ct_find(pkt->data, pkt->len, action->zone, &j->tracking);
	j->recirc_id = action->recirc_id;
	total.tracked += action->recirc_id != 0;
	return XVS_DROP_UNSPEC;
}

static void put_tracking(struct xvs_flow_key *key, const struct xvs_flow_key *tracking)
{
	key->ct_state = tracking->ct_state;
	key->ct_zone = tracking->ct_zone;
	key->ct_mark = tracking->ct_mark;
	key->ct_label[0] = tracking->ct_label[0];
	key->ct_label[1] = tracking->ct_label[1];
}

/* What the fast path does with the packet, pass by pass; false: no program can. */
static bool travel(struct bench *b, const struct flow_key *key, const struct frame_buf *frame,
		   struct interpreter_result *got)
{
	__u8 buf[EXECUTE_REF_HEADROOM + FRAME_MAX_LEN];
	struct journey j = {.b = b, .got = got};
	const struct ref_handlers handlers = {
		.output = on_output,
		.meter = on_meter,
		.controller = on_controller,
		.recirc = on_recirc,
		.ct = on_ct,
		.aux = &j,
	};
	struct ref_packet pkt = {.data = buf + EXECUTE_REF_HEADROOM,
				 .len = frame->len,
				 .headroom = EXECUTE_REF_HEADROOM};

	memcpy(pkt.data, frame->bytes, frame->len);
	for (int pass = 0; pass < XVS_MAX_PASSES; pass++) {
		struct frame_parse parsed;
		struct megaflow *m;

		assert_int_equal(frame_parse(pkt.data, pkt.len, key->in_port, &parsed), 0);
		parsed.key.recirc_id = j.recirc_id;
		put_tracking(&parsed.key, &j.tracking);
		m = look_up(b, &parsed.key);
		if (!m)
			return false;
		count_refs(b, &m->out.refs);
		j.recirc_id = 0;
		execute_ref(&pkt, m->out.ops, m->out.n_ops, &handlers);
		total.passes++;
		if (!j.recirc_id)
			return true;
	}
	return false;
}

static void show(const char *who, const struct interpreter_result *r)
{
	for (size_t i = 0; i < r->n; i++) {
		print_error("%s port %u:", who, r->output[i].port_no);
		for (size_t k = 0; k < r->output[i].frame.len; k++)
			print_error(" %02x", r->output[i].frame.bytes[k]);
		print_error("\n");
	}
}

static bool same_output(const struct interpreter_output *a, const struct interpreter_output *b)
{
	return a->port_no == b->port_no && a->frame.len == b->frame.len &&
	       !memcmp(a->frame.bytes, b->frame.bytes, a->frame.len) && a->cookie == b->cookie;
}

static void compare(const struct bench *b, const struct flow_key *key,
		    const struct interpreter_result *want, const struct interpreter_result *got)
{
	bool same = want->n == got->n;

	for (size_t i = 0; same && i < want->n; i++)
		same = same_output(&want->output[i], &got->output[i]);
	if (!same) {
		show("want", want);
		show("got ", got);
		fault(b, "a packet is not sent as the actions say", &key->pkt, NULL);
	}
	for (size_t i = 0; !want->cut && i < b->in.n_rules; i++) {
		if (b->in.rule[i].n_runs == b->n_carried[i])
			continue;
		print_error("rule %zu ran %zu times and counts %zu\n", i + 1, b->in.rule[i].n_runs,
			    b->n_carried[i]);
		fault(b, "a packet counts for other rules than it has met", &key->pkt, NULL);
	}
}

/* Not every mixture of two packets is one. */
static bool is_packet(const struct flow_key *key, const struct frame_buf *frame)
{
	struct frame_parse parsed;

	return !frame_parse(frame->bytes, frame->len, key->in_port, &parsed) &&
	       key_equal(&parsed.key, &key->pkt);
}

static void check_packet(struct bench *b, const struct flow_key *key,
			 const struct plain_hidden *hidden)
{
	static struct interpreter_result want, got;
	struct plain_packet packet;
	struct frame_buf frame;

	for (size_t i = 0; i < b->in.n_rules; i++)
		b->in.rule[i].n_runs = b->n_carried[i] = 0;
	plain_packet_init(&packet, key, hidden);
	plain_packet_build(&packet, &frame);
	/* Which copy a mirror gets is a matter of order, which passes change. */
	if (packet.n_labels && b->in.sw[0]->n_mirrors)
		return;
	if (!is_packet(key, &frame)) {
		total.no_packet++;
		return;
	}
	interpreter_run(&b->in, &packet, &want);
	total.packets++;
	if (want.unknown) {
		total.unknown++;
		return;
	}
	got.n = 0;
	if (!travel(b, key, &frame, &got))
		return;
	interpreter_sort(&want);
	interpreter_sort(&got);
	compare(b, key, &want, &got);
}

/* Another packet of the megaflow that 'key' is of. */
static void check_twin(struct bench *b, uint64_t *seed, const struct flow_key *key)
{
	const struct megaflow *m = NULL;
	struct plain_hidden hidden;
	struct flow_key twin;

	for (size_t i = 0; !m && i < b->n_cache; i++)
		if (covers(b->cache[i], &key->pkt))
			m = b->cache[i];
	if (!m)
		return;
	do {
		pipeline_gen_packet(seed, &twin, &hidden);
	} while (twin.dl_type != key->dl_type);
	for (int i = 0; i < XVS_KEY_WORDS; i++)
		twin.pkt.w[i] = (key->pkt.w[i] & m->mask.w[i]) | (twin.pkt.w[i] & ~m->mask.w[i]);
	/* The canonical form is of a device's port. */
	twin.in_port = 1;
	if (!gen_canonical(&twin))
		return;
	twin.in_port = key->in_port;
	if (covers(m, &twin.pkt))
		check_packet(b, &twin, &hidden);
}

static void check_pipeline(unsigned long long number)
{
	struct bench *b = calloc(1, sizeof(*b));
	uint64_t seed = number;

	b->seed = number;
	pipeline_gen(&seed, &b->in);
	controller_points_init(&b->points);
	b->env.points = &b->points;
	assert_int_equal(recirc_table_create(&b->env.recircs), 0);
	assert_int_equal(ct_action_table_create(NULL, NULL, &b->env.ct_actions), 0);
	for (int i = 0; i < PACKETS; i++) {
		struct plain_hidden hidden;
		struct flow_key key;

		pipeline_gen_packet(&seed, &key, &hidden);
		check_packet(b, &key, &hidden);
		for (int k = 0; k < TWINS; k++)
			check_twin(b, &seed, &key);
	}
	for (size_t i = 0; i < b->n_cache; i++) {
		xlate_out_fini(&b->cache[i]->out);
		free(b->cache[i]);
	}
	pipeline_free(&b->in);
	recirc_table_destroy(b->env.recircs);
	ct_action_table_destroy(b->env.ct_actions);
	controller_points_fini(&b->points);
	free(b);
}

TEST(xlate, pipelines_do_what_a_plain_interpreter_does)
{
	test_for_tables(check_pipeline, PIPELINES, 1);
	print_message("%zu packets, %zu passes, %zu hits, %zu programs, %zu ct(table), %zu times "
		      "nothing else; not compared: %zu "
		      "no packets, %zu unknown, %zu too big, %zu with a copy that cannot go on\n",
		      total.packets, total.passes, total.hits, total.programs, total.tracked,
		      total.ct, total.no_packet, total.unknown, total.too_big, total.stuck);
	if (!getenv("XVS_TEST_SEED"))
		assert_true(total.hits > total.packets / 4 && total.passes > total.packets / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(xlate, pipelines_do_what_a_plain_interpreter_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
