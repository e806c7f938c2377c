// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Conditions for connections, as ct show and ct flush take them: text to a filter.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc_ct_private.h"

static const struct {
	const char *name;
	__u8 number;
} protos[] = {
	{"icmp", 1}, {"tcp", 6},     {"udp", 17},   {"dccp", 33},
	{"gre", 47}, {"icmpv6", 58}, {"sctp", 132}, {"udplite", 136},
};
#define N_PROTOS (sizeof(protos) / sizeof(protos[0]))

static const char *const states[XVS_CT_S_N] = {
#define STATE_NAME(sym, name) [XVS_CT_S_##sym] = (name),
	XVS_CT_STATES(STATE_NAME)
#undef STATE_NAME
};

const char *rpc_ct_proto_name(__u8 proto, char buf[8])
{
	for (size_t i = 0; i < N_PROTOS; i++)
		if (protos[i].number == proto)
			return protos[i].name;
	snprintf(buf, 8, "%u", proto);
	return buf;
}

const char *rpc_ct_state_name(__u8 state)
{
	return state < XVS_CT_S_N ? states[state] : "";
}

static int parse_number(const char *text, long max, const char *end_at, long *out)
{
	char *end;

	errno = 0;
	*out = strtol(text, &end, 0);
	return errno || end == text || !strchr(end_at, *end) || *out < 0 || *out > max ? -EINVAL
										       : 0;
}

static int parse_proto(const struct rpc_params *p, int *proto, struct err *err)
{
	const char *text = rpc_option(p, "proto");
	long n;

	if (!text)
		return 0;
	for (size_t i = 0; i < N_PROTOS; i++) {
		if (!strcmp(text, protos[i].name)) {
			*proto = protos[i].number;
			return 0;
		}
	}
	if (parse_number(text, 255, "", &n))
		return err_set(err, -EINVAL, XVS_RPC_USAGE, "proto",
			       "proto=%s: must be tcp, udp, icmp, icmpv6, sctp, dccp, gre, udplite "
			       "or a number from 0 to 255",
			       text);
	*proto = (int)n;
	return 0;
}

static int bad_addr(struct err *err, const char *option, const char *text)
{
	return err_set(err, -EINVAL, XVS_RPC_USAGE, option,
		       "%s=%s: must be an IPv4 or IPv6 address, or a prefix such as 10.0.0.0/8",
		       option, text);
}

static int parse_addr(const struct rpc_params *p, const char *option, struct ct_filter_addr *out,
		      struct err *err)
{
	const char *text = rpc_option(p, option), *slash = text ? strchr(text, '/') : NULL;
	size_t len = slash ? (size_t)(slash - text) : text ? strlen(text) : 0;
	struct xvs_ct_addr addr = {0};
	char word[INET6_ADDRSTRLEN];
	__u8 family = 0;
	long prefix;

	if (!text)
		return 0;
	if (len >= sizeof(word))
		return bad_addr(err, option, text);
	memcpy(word, text, len);
	word[len] = '\0';
	if (inet_pton(AF_INET, word, &addr.ip4) == 1)
		family = 4;
	else if (inet_pton(AF_INET6, word, addr.ip6) == 1)
		family = 6;
	prefix = family == 4 ? 32 : 128;
	if (!family || (slash && parse_number(slash + 1, prefix, "", &prefix)))
		return bad_addr(err, option, text);
	ct_filter_addr_set(out, &addr, family, (unsigned int)prefix);
	return 0;
}

static int bad_state(struct err *err, const char *text)
{
	char names[256];
	size_t n = 0;

	for (int i = XVS_CT_S_EXPECT; i < XVS_CT_S_N; i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s",
				      i > XVS_CT_S_EXPECT ? ", " : "", states[i]);
	return err_set(err, -EINVAL, XVS_RPC_USAGE, "state",
		       "state=%s: must be one or more, with commas in between, of %s", text, names);
}

static int find_state(const char *word, size_t len)
{
	for (int i = XVS_CT_S_EXPECT; i < XVS_CT_S_N; i++)
		if (strlen(states[i]) == len && !memcmp(states[i], word, len))
			return i;
	return -EINVAL;
}

static int parse_states(const struct rpc_params *p, __u32 *bits, struct err *err)
{
	const char *text = rpc_option(p, "state");

	for (const char *word = text; word;) {
		size_t len = strcspn(word, ",");
		int state = find_state(word, len);

		if (state < 0)
			return bad_state(err, text);
		*bits |= 1U << state;
		word = word[len] ? word + len + 1 : NULL;
	}
	return 0;
}

static int parse_mark(const struct rpc_params *p, struct ct_filter *f, struct err *err)
{
	const char *text = rpc_option(p, "mark"), *slash;
	long mark, mask = 0xffffffffL;

	if (!text)
		return 0;
	slash = strchr(text, '/');
	if (parse_number(text, mask, slash ? "/" : "", &mark) ||
	    (slash && parse_number(slash + 1, mask, "", &mask)))
		return err_set(err, -EINVAL, XVS_RPC_USAGE, "mark",
			       "mark=%s: must be a number of 32 bits, or value/mask", text);
	f->mark = (__u32)(mark & mask);
	f->mark_mask = (__u32)mask;
	return 0;
}

static int parse_numbers(const struct rpc_params *p, struct ct_filter *f, struct err *err)
{
	static const long range16[2] = {0, 65535}, range32[2] = {0, 0xffffffffL};
	const struct {
		const char *name;
		int *value;
	} numbers[] = {{"zone", &f->zone}, {"sport", &f->sport}, {"dport", &f->dport}};
	long n = 0;
	int rc;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		rc = rpc_option_number(p, numbers[i].name, range16, &n, err);
		if (rc < 0)
			return rc;
		if (rc)
			*numbers[i].value = (int)n;
	}
	rc = rpc_option_number(p, "rule", range32, &n, err);
	if (rc > 0) {
		f->has_rule = true;
		f->rule = (__u32)n;
	}
	return rc < 0 ? rc : 0;
}

int rpc_ct_filter(const struct rpc_params *p, struct ct_filter *f, struct err *err)
{
	int rc;

	ct_filter_init(f);
	rc = parse_numbers(p, f, err);
	if (!rc)
		rc = parse_proto(p, &f->proto, err);
	if (!rc)
		rc = parse_addr(p, "src", &f->src, err);
	if (!rc)
		rc = parse_addr(p, "dst", &f->dst, err);
	if (!rc)
		rc = parse_states(p, &f->states, err);
	return rc ? rc : parse_mark(p, f, err);
}
