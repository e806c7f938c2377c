// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Results of tests as TAP, the accounts behind each test [I7], comparisons.
 */
#include "harness.h"

#include <stdarg.h>
#include <string.h>

static const char *const drop_names[] = {[0] = "none",
#define NAME(sym, name, text) [XVS_DROP_##sym] = name,
					 XVS_DROP_REASONS(NAME)
#undef NAME
};

const char *drop_name(int reason)
{
	if (reason < 0)
		return "several";
	return reason < XVS_DROP_LAST ? drop_names[reason] : "unknown";
}

const char *hook_name(enum xvs_hook hook)
{
	if (hook == XVS_HOOK_EGRESS)
		return "egress";
	return hook == XVS_HOOK_XDP ? "xdp" : "tc";
}

void harness_totals(const struct harness *t, struct totals *out)
{
	for (__u16 i = 0; i <= N_TEST_PORTS; i++) {
		dp_port_stats(t->dp, i, &out->port[i]);
		for (int r = 0; r < XVS_DROP_N; r++)
			out->drops[i][r] = dp_drops(t->dp, i, r);
	}
	dp_counters(t->dp, &out->counters);
}

void harness_delta(const struct harness *t, struct totals *out)
{
	const __u64 *before = (const __u64 *)&t->before;
	__u64 *after = (__u64 *)out;

	harness_totals(t, out);
	for (size_t i = 0; i < sizeof(*out) / 8; i++)
		after[i] -= before[i];
}

__u64 totals_drops(const struct totals *d, __u16 port_no)
{
	__u64 n = 0;

	for (int r = 0; r < XVS_DROP_N; r++)
		n += d->drops[port_no][r];
	return n;
}

int totals_reason(const struct totals *d, __u16 port_no)
{
	int reason = 0;

	for (int r = 0; r < XVS_DROP_N; r++) {
		if (!d->drops[port_no][r])
			continue;
		if (reason)
			return -1;
		reason = r;
	}
	return reason;
}

bool test_start(struct harness *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(t->name, sizeof(t->name), fmt, args);
	va_end(args);
	if (t->only && !strstr(t->name, t->only))
		return false;
	if (t->list) {
		printf("%s\n", t->name);
		return false;
	}
	t->n++;
	t->failures = 0;
	harness_totals(t, &t->before);
	return true;
}

void test_fail(struct harness *t, const char *fmt, ...)
{
	va_list args;

	if (!t->failures++)
		printf("not ok %u - %s\n", t->n, t->name);
	printf("#   ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

/* [I7] for every port, whatever the test was about. */
static void check_accounts(struct harness *t)
{
	struct totals d;

	harness_delta(t, &d);
	for (__u16 i = 0; i <= N_TEST_PORTS; i++) {
		const struct xvs_port_stats *s = &d.port[i];
		/* A copy that failed is charged to its output port. */
		__u64 dropped = totals_drops(&d, i) - d.drops[i][XVS_DROP_EGRESS_FAILED];

		if (s->rx_packets != s->forwarded + s->consumed + dropped + s->upcalls)
			test_fail(t,
				  "[I7] port %u: received %llu, forwarded %llu, consumed %llu, "
				  "dropped %llu, upcalls %llu",
				  i, s->rx_packets, s->forwarded, s->consumed, dropped, s->upcalls);
	}
}

void test_end(struct harness *t)
{
	check_accounts(t);
	if (t->failures)
		t->n_failed++;
	else
		t->n_passed++;
	if (t->verbose && !t->failures)
		printf("ok %u - %s\n", t->n, t->name);
	fflush(stdout);
}

void test_end_flush(struct harness *t)
{
	test_end(t);
	harness_flush(t);
}

void test_skip(struct harness *t, const char *why)
{
	t->n_skipped++;
	printf("ok %u - %s # SKIP %s\n", t->n, t->name, why);
}

struct key_field {
	const char *name;
	size_t off, size;
};

#define FIELD(f)                                                                                \
	{                                                                                       \
#f, XVS_OFFSETOF(struct xvs_flow_key, f), sizeof(((struct xvs_flow_key *)0)->f) \
	}
static const struct key_field key_fields[] = {
	FIELD(tun_id),     FIELD(tun_src),  FIELD(tun_dst),   FIELD(pkt_mark),  FIELD(recirc_id),
	FIELD(in_port),    FIELD(mpls_lse), FIELD(vlan_tci1), FIELD(dl_dst),    FIELD(dl_type),
	FIELD(dl_src),     FIELD(vlan_tci), FIELD(ipv6_src),  FIELD(ipv6_dst),  FIELD(nw_src),
	FIELD(nw_dst),     FIELD(nw_frag),  FIELD(nw_proto),  FIELD(nw_tos),    FIELD(nw_ttl),
	FIELD(ipv6_label), FIELD(tp_src),   FIELD(tp_dst),    FIELD(tcp_flags), FIELD(nd_target),
	FIELD(arp_sha),    FIELD(arp_tha),  FIELD(pad0),      FIELD(pad1),      FIELD(pad2),
	FIELD(pad3),       FIELD(pad4),     FIELD(pad5),
};

static void hex(char *out, const __u8 *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sprintf(out + 2 * i, "%02x", p[i]);
}

void check_key(struct harness *t, const struct xvs_flow_key *got, const struct xvs_flow_key *want)
{
	const __u8 *g = (const __u8 *)got, *w = (const __u8 *)want;

	if (!memcmp(got, want, sizeof(*got)))
		return;
	for (size_t i = 0; i < sizeof(key_fields) / sizeof(key_fields[0]); i++) {
		const struct key_field *f = &key_fields[i];
		char got_hex[40], want_hex[40];

		if (!memcmp(g + f->off, w + f->off, f->size))
			continue;
		hex(got_hex, g + f->off, f->size);
		hex(want_hex, w + f->off, f->size);
		test_fail(t, "key %-10s got %s want %s", f->name, got_hex, want_hex);
	}
	packet_diff(stdout, g, sizeof(*got), w, sizeof(*want));
}

void check_frame(struct harness *t, const char *what, const __u8 *got, size_t n_got,
		 const __u8 *want, size_t n_want)
{
	if (n_got == n_want && !memcmp(got, want, n_got))
		return;
	test_fail(t, "%s: the frame is not what it has to be", what);
	packet_diff(stdout, got, n_got, want, n_want);
}
