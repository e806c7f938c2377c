// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a firewall policy of 10,000 rules and 1,000 groups costs: to make it ready, to
 * change one rule of it, one address of a group, and to decide about packets. CPU time of
 * one thread; no privileges are needed.
 *
 *   bench_policy [RULES [GROUPS]]
 *
 * One group has 10,000 addresses, the others 50; a tenth of the rules names addresses
 * and ports inline.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "clock.h"
#include "policy_compile.h"
#include "policy_text.h"

#define ROUNDS 21
#define SECTIONS 20
#define GROUP_ADDRESSES 50
#define LARGE_ADDRESSES 10000
#define PORTS 100
#define PACKETS 100000
#define COMPILE_GOAL_MS 1000
#define CHANGE_GOAL_MS 50

static unsigned int n_rules = 10000, n_groups = 1000;
static uint64_t state = 1;

static void die(const char *what)
{
	fprintf(stderr, "bench_policy: %s\n", what);
	exit(1);
}

static unsigned int below(unsigned int n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)((state >> 33) % n);
}

static __u64 cpu_ns(void)
{
	return clock_of(CLOCK_THREAD_CPUTIME_ID);
}

static double ms_since(__u64 from_ns)
{
	return (double)(cpu_ns() - from_ns) / 1e6;
}

static void apply(struct policy *p, const char *line)
{
	struct parse_error err;

	if (!policy_apply(p, line, NULL, &err))
		return;
	fprintf(stderr, "%s\n", line);
	die(err.message);
}

static void apply_file(struct policy *p, const char *text)
{
	char *copy = strdup(text), *save = NULL;

	if (!copy)
		die("out of memory");
	for (char *l = strtok_r(copy, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		apply(p, l);
	free(copy);
}

/* 10.0.0.0/9, a host of it. */
static void add_address(struct strbuf *b)
{
	unsigned int n = below(1 << 23);

	strbuf_printf(b, "10.%u.%u.%u", n >> 16, n >> 8 & 0xff, n & 0xff);
}

static void write_group(struct strbuf *b, unsigned int i)
{
	unsigned int n = i ? GROUP_ADDRESSES : LARGE_ADDRESSES;

	strbuf_printf(b, "group add g%u tags=t%u addresses=", i, i % 50);
	for (unsigned int k = 0; k < n; k++) {
		if (k)
			strbuf_addc(b, ',');
		add_address(b);
	}
	strbuf_addc(b, '\n');
}

static void write_rule(struct strbuf *b, unsigned int i, const char *place)
{
	static const char *const services[] = {"http,https",      "ssh",    "tcp:8000-8100",
					       "dns,ntp",         "ping",   "tcp:5432,tcp:3306",
					       "udp:10000-20000", "s0,smtp"};

	strbuf_printf(b, "rule add c%u %s action=%s", i * SECTIONS / n_rules, place,
		      i % 7 ? "allow" : "drop");
	if (i % 10) {
		strbuf_printf(b, " from=g%u,g%u to=g%u", below(n_groups), below(n_groups),
			      below(n_groups));
	} else {
		strbuf_add(b, " from=");
		add_address(b);
		strbuf_add(b, "/32 to=");
		add_address(b);
	}
	strbuf_printf(b, " service=%s", services[below(8)]);
	if (!(i % 5))
		strbuf_printf(b, " applied-to=g%u", below(n_groups));
	strbuf_addc(b, '\n');
}

static void write_policy(struct strbuf *b)
{
	strbuf_add(b, "service add s0 terms=tcp:9000-9999,udp:500\ndefault set action=drop\n");
	for (unsigned int i = 0; i < n_groups; i++)
		write_group(b, i);
	for (unsigned int i = 0; i < SECTIONS; i++)
		strbuf_printf(b, "section add c%u\n", i);
	for (unsigned int i = 0; i < n_rules; i++)
		write_rule(b, i, "");
}

static void set_ports(struct policy *p)
{
	for (unsigned int i = 1; i <= PORTS; i++) {
		char name[16], tag[16];
		const char *tags[] = {tag};
		struct policy_address address = {
			.family = POLICY_IPV4,
			.len = 32,
			.addr = {10, 200, 0, (__u8)i},
		};
		const struct policy_port port = {
			.port_no = (__u16)i,
			.name = name,
			.tags = tags,
			.n_tags = 1,
			.addresses = &address,
			.n_addresses = 1,
		};

		snprintf(name, sizeof(name), "vm%u", i);
		snprintf(tag, sizeof(tag), "t%u", i % 50);
		if (policy_set_port(p, &port))
			die("a port is refused");
	}
}

static void compile(struct policy *p)
{
	if (policy_compile(p))
		die("out of memory");
}

static struct policy *edit(const struct policy *p)
{
	struct policy *draft;

	if (policy_edit(p, &draft))
		die("out of memory");
	return draft;
}

static void count_change(void *aux, const struct policy_change *change)
{
	(void)change;
	++*(unsigned int *)aux;
}

/* From the command to the version in use, what it takes from connections included. */
static struct policy *change(struct policy *p, const char *line, struct samples *s)
{
	__u64 from = cpu_ns();
	struct policy *next = edit(p);
	unsigned int n = 0;

	apply(next, line);
	compile(next);
	if (policy_diff(p, next, count_change, &n))
		die("out of memory");
	policy_put(p);
	samples_add(s, ms_since(from));
	return next;
}

static struct policy *measure_rules(struct policy *p)
{
	struct samples add = {0}, set = {0}, del = {0};

	for (int i = 0; i < ROUNDS; i++) {
		struct strbuf b;
		char line[64];

		strbuf_init(&b);
		write_rule(&b, n_rules / 2, "id=1000000 position=200");
		p = change(p, strbuf_str(&b), &add);
		snprintf(line, sizeof(line), "rule set 1000000 action=%s",
			 i % 2 ? "drop" : "reject");
		p = change(p, line, &set);
		p = change(p, "rule del 1000000", &del);
		strbuf_fini(&b);
	}
	samples_print(&add, "a rule added in the middle", "ms", CHANGE_GOAL_MS);
	samples_print(&set, "a rule edited", "ms", CHANGE_GOAL_MS);
	samples_print(&del, "a rule removed", "ms", CHANGE_GOAL_MS);
	return p;
}

static struct policy *measure_groups(struct policy *p)
{
	struct samples one = {0}, away = {0};

	for (int i = 0; i < ROUNDS; i++) {
		p = change(p, "group set g0 addresses+=10.250.0.1", &one);
		p = change(p, "group set g0 addresses-=10.250.0.1", &away);
	}
	samples_print(&one, "an address into 10,000", "ms", CHANGE_GOAL_MS);
	samples_print(&away, "an address out of 10,000", "ms", CHANGE_GOAL_MS);
	return p;
}

static void gen_packet(struct flow_key *key, struct policy_query *q)
{
	static const __u16 ports[] = {80, 443, 22, 8042, 53, 5432, 12000, 9500, 7777};

	*key = (struct flow_key){0};
	key->dl_type = XVS_BE16(0x0800);
	key->nw_src = XVS_BE32(10U << 24 | below(1 << 23));
	key->nw_dst = XVS_BE32(10U << 24 | below(1 << 23));
	key->nw_proto = below(3) ? 6 : 17;
	key->tp_src = XVS_BE16((__u16)(32768 + below(28000)));
	key->tp_dst = XVS_BE16(ports[below(9)]);
	*q = (struct policy_query){
		.key = key,
		.direction = below(2) ? POLICY_IN : POLICY_OUT,
		.in_port = (__u16)(1 + below(PORTS)),
		.out_port = (__u16)(1 + below(PORTS)),
	};
	q->port_no = q->direction == POLICY_IN ? q->out_port : q->in_port;
}

static void measure_packets(const struct policy *p, const char *label)
{
	static struct flow_key keys[PACKETS];
	static struct policy_query queries[PACKETS];
	struct samples ns = {0};
	unsigned long bits = 0, n_ports = 0;

	for (int i = 0; i < PACKETS; i++)
		gen_packet(&keys[i], &queries[i]);
	for (int round = 0; round < 5; round++) {
		__u64 from = cpu_ns();

		for (int i = 0; i < PACKETS; i++) {
			struct flow_key wc = {0};
			struct policy_verdict v;

			policy_decide(p, &queries[i], &wc, &v);
			bits += (unsigned long)__builtin_popcount(wc.nw_src) +
				(unsigned long)__builtin_popcount(wc.nw_dst);
			n_ports += wc.tp_dst != 0;
		}
		samples_add(&ns, ms_since(from) * 1e6 / PACKETS);
	}
	samples_print(&ns, label, "ns", 0);
	printf("  bits of both addresses in a mask: %.1f; masks with a port: %.0f %%\n",
	       (double)bits / 5 / PACKETS, 100.0 * (double)n_ports / 5 / PACKETS);
}

/* No groups: all rules name the same network and two services, and a host each. */
static void measure_inline(void)
{
	struct samples s = {0};
	struct strbuf text;
	struct policy *p;
	__u64 from;

	strbuf_init(&text);
	strbuf_add(&text, "section add c0\n");
	for (unsigned int i = 0; i < n_rules; i++) {
		strbuf_add(&text, "rule add c0 action=drop from=10.0.0.0/8 to=");
		add_address(&text);
		strbuf_printf(&text, " service=tcp:%u\n", 80 + i % 2);
	}
	if (policy_create(1, &p))
		die("out of memory");
	set_ports(p);
	apply_file(p, strbuf_str(&text));
	from = cpu_ns();
	compile(p);
	samples_add(&s, ms_since(from));
	samples_print(&s, "compiled, without groups", "ms", COMPILE_GOAL_MS);
	measure_packets(p, "a decision, without groups");
	policy_put(p);
	strbuf_fini(&text);
}

int main(int argc, char **argv)
{
	struct samples parse = {0}, first = {0}, again = {0};
	struct policy *p;
	struct strbuf text;
	__u64 from;

	if (argc > 1)
		n_rules = (unsigned int)atoi(argv[1]);
	if (argc > 2)
		n_groups = (unsigned int)atoi(argv[2]);
	if (!n_rules || !n_groups)
		die("usage: bench_policy [RULES [GROUPS]]");
	bench_circumstances("firewall policy");
	strbuf_init(&text);
	write_policy(&text);
	from = cpu_ns();
	if (policy_create(1, &p))
		die("out of memory");
	set_ports(p);
	apply_file(p, strbuf_str(&text));
	samples_add(&parse, ms_since(from));
	from = cpu_ns();
	compile(p);
	samples_add(&first, ms_since(from));
	printf("  %u rules, %u groups, %zu bytes of text\n", n_rules, n_groups, text.len);
	samples_print(&parse, "commands read", "ms", 0);
	samples_print(&first, "compiled, all of it", "ms", COMPILE_GOAL_MS);
	for (int i = 0; i < ROUNDS; i++)
		p = change(p, "default set action=drop", &again);
	samples_print(&again, "compiled, nothing new", "ms", CHANGE_GOAL_MS);
	p = measure_rules(p);
	p = measure_groups(p);
	measure_packets(p, "a decision");
	policy_put(p);
	strbuf_fini(&text);
	measure_inline();
	return 0;
}
