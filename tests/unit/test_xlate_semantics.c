// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Translation and the reference executor together against a plain interpreter:
 * random actions on random packets must send the same frames to the same
 * ports, checksums included; and a megaflow's program must do so for the other
 * packets of the megaflow too.
 *
 * XVS_TEST_SEED repeats one list of actions.
 */
#include "execute_ref.h"
#include "flow_format.h"
#include "flow_gen.h"
#include "pipeline.h"
#include "test.h"
#include "xlate.h"

#define LISTS 30000
#define PACKETS 6

static struct sw *make_switch(uint64_t *seed)
{
	struct sw *sw = sw_create("sw0", 1);

	for (__u16 no = 1; no <= GEN_PORTS; no++) {
		char name[8];
		struct sw_port *p;

		snprintf(name, sizeof(name), "p%u", no);
		assert_int_equal(sw_add_port(sw, name, no, &p), 0);
		p->up = test_below(seed, 8) != 0;
		p->no_flood = test_below(seed, 8) == 0;
		if (test_below(seed, 3) == 0) {
			p->vlan_mode = VLAN_ACCESS;
			p->tag = 10;
		}
	}
	for (__u8 i = 0; i < 4; i++) {
		__u8 mac[6] = {0x02, 0, 0, 0, 0, i};
		__u16 vlan = test_below(seed, 2) ? 10 : 0;

		fdb_learn(sw->fdb, mac, vlan, (__u16)(1 + test_below(seed, GEN_PORTS)), 1);
	}
	return sw;
}

static void add_rule(struct sw *sw, struct ofacts *actions)
{
	struct match any;
	struct rule *r;

	memset(&any, 0, sizeof(any));
	r = make_rule(&any, 0, 1, actions);
	assert_int_equal(flow_table_insert(sw->tables, r, false), 0);
}

static void collect(void *aux, __u16 port_no, const struct ref_packet *pkt)
{
	struct pipeline_result *got = aux;
	struct pipeline_output *o = &got->output[got->n++];

	o->port_no = port_no;
	o->frame.len = pkt->len;
	memcpy(o->frame.bytes, pkt->data, pkt->len);
}

static void execute(const struct xlate_out *out, const struct flow_key *key,
		    struct pipeline_result *got)
{
	__u8 buf[EXECUTE_REF_HEADROOM + FRAME_MAX_LEN];
	const struct ref_handlers handlers = {.output = collect, .aux = got};
	struct frame_spec spec;
	struct frame_buf frame;
	struct ref_packet pkt = {.data = buf + EXECUTE_REF_HEADROOM,
				 .headroom = EXECUTE_REF_HEADROOM};

	frame_spec_init(&spec, &key->pkt);
	frame_build(&spec, &frame);
	memcpy(pkt.data, frame.bytes, frame.len);
	pkt.len = frame.len;
	got->n = 0;
	execute_ref(&pkt, out->ops, out->n_ops, &handlers);
}

static void show(const char *who, const struct pipeline_result *r)
{
	for (size_t i = 0; i < r->n; i++) {
		print_error("%s port %u:", who, r->output[i].port_no);
		for (size_t k = 0; k < r->output[i].frame.len; k++)
			print_error(" %02x", r->output[i].frame.bytes[k]);
		print_error("\n");
	}
}

static void show_actions(const struct ofacts *actions)
{
	struct strbuf text;

	strbuf_init(&text);
	ofacts_format(&text, actions, NULL);
	print_error("actions=%s\n", strbuf_str(&text));
	strbuf_fini(&text);
}

static bool same_frame(const struct pipeline_output *a, const struct pipeline_output *b)
{
	return a->port_no == b->port_no && a->frame.len == b->frame.len &&
	       !memcmp(a->frame.bytes, b->frame.bytes, a->frame.len);
}

static void check_packet(uint64_t list_seed, struct sw *sw, const struct ofacts *actions,
			 const struct xlate_out *out, const struct flow_key *key)
{
	static struct pipeline_result want, got;
	bool same;

	pipeline_run(sw, key, actions, &want);
	execute(out, key, &got);
	pipeline_sort(&want);
	pipeline_sort(&got);
	same = want.n == got.n;
	for (size_t i = 0; same && i < want.n; i++)
		same = same_frame(&want.output[i], &got.output[i]);
	if (!same) {
		print_error("XVS_TEST_SEED=0x%llx\n", (unsigned long long)list_seed);
		show_actions(actions);
		show("want", &want);
		show("got ", &got);
		fail();
	}
}

static size_t check_list(uint64_t list_seed)
{
	static struct xlate_out out;
	uint64_t seed = list_seed;
	struct sw *sw = make_switch(&seed);
	struct ofacts actions, copy = {0};
	size_t n_programs = 0;

	gen_actions(&seed, &actions);
	assert_int_equal(ofacts_copy(&copy, &actions), 0);
	add_rule(sw, &actions);
	for (int i = 0; i < PACKETS; i++) {
		struct flow_key key, other;
		struct xlate_in in = {.sw = sw, .key = &key};

		gen_packet(&seed, &key);
		assert_int_equal(xlate(&in, &out), 0);
		check_packet(list_seed, sw, &copy, &out, &key);
		n_programs += out.verdict == XVS_VERDICT_PROGRAM;

		gen_packet(&seed, &other);
		for (int k = 0; k < FLOW_KEY_WORDS; k++)
			other.w[k] = (key.w[k] & out.mask.w[k]) | (other.w[k] & ~out.mask.w[k]);
		if (gen_canonical(&other))
			check_packet(list_seed, sw, &copy, &out, &other);
	}
	ofacts_fini(&copy);
	sw_destroy(sw);
	return n_programs;
}

TEST(xlate, sends_what_a_plain_interpreter_sends)
{
	uint64_t seed = test_seed(0xac7);
	size_t n_programs = 0;

	if (getenv("XVS_TEST_SEED")) {
		check_list(seed);
		return;
	}
	for (uint64_t i = 0; i < LISTS; i++)
		n_programs += check_list(seed + i);
	print_message("%zu programs\n", n_programs);
	assert_true(n_programs > LISTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(xlate, sends_what_a_plain_interpreter_sends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
