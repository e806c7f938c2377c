/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stage of the BPF_PROG_RUN suite: the real datapath (dp_open_bpf) in a
 * network name space of our own, some ports on veth pairs, and the results.
 *
 * A test is one named TAP line. It begins with test_start(), may fail any
 * number of times by test_fail(), and ends with test_end(), which also checks
 * that every packet of it is accounted for [I7].
 *
 *   port_no   device   its peer, where the test sends and captures
 *     1       xv1      xp1       the input of most tests
 *     2-4     xv2-4    xp2-4     outputs that take a native redirect
 *     5       xv5      xp5       an output that needs an skb
 *     6       xv6      xp6       for what a test needs: blocked, down, ...
 */
#ifndef PROG_TESTS_HARNESS_H
#define PROG_TESTS_HARNESS_H

#include "../packet.h"
#include "datapath.h"
#include "netdev.h"

#define N_TEST_PORTS 6
#define PORT_IN 1
#define PORT_NEEDS_SKB 5
#define PORT_SPARE 6

#define XDP_PASS_CODE 2
#define XDP_DROP_CODE 1
#define XDP_REDIRECT_CODE 4
#define TC_OK_CODE 0
#define TC_SHOT_CODE 2
#define TC_STOLEN_CODE 4
#define TC_REDIRECT_CODE 7

struct test_port {
	char name[16], peer[16];
	int ifindex, peer_ifindex;
	int sock, vnet_sock; /* on the peer */
	__u16 flags;
};

/* All that is counted; a difference of two says what happened between. */
struct totals {
	struct xvs_port_stats port[N_TEST_PORTS + 1];
	__u64 drops[N_TEST_PORTS + 1][XVS_DROP_N];
	struct xvs_counters counters;
};

union upcall_copy {
	struct xvs_upcall head;
	__u8 bytes[sizeof(struct xvs_upcall) + XVS_UPCALL_CLASS3];
};

struct run {
	enum xvs_hook hook;
	__u16 port_no;
	__u32 linear; /* XDP: bytes in the first buffer; 0: as the kernel does */
	__u32 mark, gso_size, gso_segs; /* TC */
	bool complete; /* TC: with CHECKSUM_COMPLETE, which the kernel verifies */
	bool may_refuse; /* the kernel may not know how: 'err' says so */
	const __u8 *in;
	size_t in_len;
	/* results */
	int err;
	__u32 retval;
	__u32 out_mark; /* TC */
	size_t meta_len;
	__u8 meta[32];
	size_t out_len;
	__u8 out[PACKET_MAX + 512];
};

struct harness {
	struct dp *dp;
	int xdp_fd, tc_fd, egress_fd;
	bool can_complete; /* the test run knows CHECKSUM_COMPLETE (6.13) */
	struct test_port port[N_TEST_PORTS + 1];
	__u32 *slots; /* published by the current test */
	size_t n_slots;
	/* of run_layers() */
	struct packet pkt;
	struct run run;

	/* results */
	const char *only;
	bool list, verbose;
	unsigned int n, n_passed, n_failed, n_skipped;
	char name[160];
	unsigned int failures; /* of the current test */
	struct totals before;
	unsigned int seed;
};

/* --- results --- */

/* False: not wanted (--only, --list). */
bool test_start(struct harness *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void test_fail(struct harness *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void test_end(struct harness *t);
/* And the flows of the test are removed. */
void test_end_flush(struct harness *t);
void test_skip(struct harness *t, const char *why);

#define CHECK_EQ(t, got, want)                                                      \
	do {                                                                        \
		long long got_ = (long long)(got), want_ = (long long)(want);       \
		if (got_ != want_)                                                  \
			test_fail(t, "%s: got %lld, want %lld", #got, got_, want_); \
	} while (0)

/* --- the stage --- */

/* 'err_text' says why it could not be set up. */
int harness_open(struct harness *t, char *err_text, size_t size);
void harness_close(struct harness *t);
void harness_port_flags(struct harness *t, __u16 port_no, __u16 flags);
void harness_ports_default(struct harness *t);
/* Port 1 has its TC program attached from the start. */
void harness_attach(struct harness *t, __u16 port_no, enum xvs_hook hook);
/* A file descriptor of our own process's program or map, by its name. */
int harness_prog_fd(const char *name);
int harness_map_fd(const char *name);
/* Of every port; 0: no limit. */
void harness_admission(struct harness *t, __u32 pkts_per_s, __u32 burst_pkts, __u32 kbytes_per_s,
		       __u32 burst_kbytes);
/* Full ones, as after a long rest. */
void harness_rest_buckets(struct harness *t);
/* What the daemon has written for subtable 'index'. */
bool harness_subtable(struct harness *t, __u32 index, struct xvs_subtable *subtable);

/* --- flows --- */

/* What a flow does; the mask is of the words of the key that are not zero
 * unless 'mask' is given. */
struct flow_arg {
	const struct xvs_flow_key *key;
	const struct xvs_flow_key *mask;
	enum xvs_verdict verdict;
	enum xvs_drop_reason reason;
	__u16 out_port;
	const struct xvs_op *ops; /* ends with XVS_OP_UNSPEC */
	__u32 version_from; /* 0: now */
};
/* The slot; a failure is one of the test, and 0. */
__u32 harness_flow(struct harness *t, const struct flow_arg *arg);
/* Every packet of 'port_no' does this. */
__u32 harness_port_flow(struct harness *t, __u16 port_no, const struct xvs_op *ops);
/* What is pending waits for a grace period, and so does the caller. */
void harness_grace(struct harness *t);
/* Removes all flows, waits for the grace period. */
void harness_flush(struct harness *t);
size_t ops_count(const struct xvs_op *ops);
/* How many of a kind. */
size_t ops_count_kind(const struct xvs_op *ops, enum xvs_op_kind kind);

/* --- packets --- */

/* One BPF_PROG_RUN of the entry program; a failure to run fails the test. */
void harness_run(struct harness *t, struct run *r);
/* The frame of these layers into port 1: t->pkt, and what t->run came to. */
void run_layers(struct harness *t, enum xvs_hook hook, const struct layer *layers);
/* What the run of a packet returns that was sent on, or not. */
__u32 code_of(enum xvs_hook hook, bool sent);
/* A test run at TC refuses IP frames without the whole IP header; the device
 * does not. */
bool harness_tc_runs(const __u8 *data, size_t len);
/* The same by the device: sent from the peer, until it has been counted. */
void harness_deliver(struct harness *t, const struct run *r);
/* Takes up to 'max' upcalls from the ring (the last one to 'up'), says that
 * they are done unless 'keep'; how many there were. */
int harness_upcalls(struct harness *t, union upcall_copy *up, int max, bool keep);
void harness_totals(const struct harness *t, struct totals *out);
/* What has been counted since test_start(). */
void harness_delta(const struct harness *t, struct totals *out);
__u64 totals_drops(const struct totals *d, __u16 port_no);
/* The reason that the input port's ledger shows, 0: none, -1: several. */
int totals_reason(const struct totals *d, __u16 port_no);
const char *drop_name(int reason);
const char *hook_name(enum xvs_hook hook);
/* Fails with one line per field that differs. */
void check_key(struct harness *t, const struct xvs_flow_key *got, const struct xvs_flow_key *want);
void check_frame(struct harness *t, const char *what, const __u8 *got, size_t n_got,
		 const __u8 *want, size_t n_want);

/* --- suites --- */

void suite_parse(struct harness *t);
void suite_actions(struct harness *t);
void suite_drops(struct harness *t);
void suite_cache(struct harness *t);
void suite_upcall(struct harness *t);
void suite_live(struct harness *t);
void suite_host(struct harness *t);
void suite_offload(struct harness *t);
void suite_partial(struct harness *t);
void suite_sockets(struct harness *t);
void suite_effects(struct harness *t);
void suite_passes(struct harness *t);
void suite_ct(struct harness *t);
void suite_ct_frag(struct harness *t);
void suite_ct_icmp(struct harness *t);
void suite_ct_nat(struct harness *t);
void suite_ct_tcp(struct harness *t);
void suite_pipeline(struct harness *t);
void suite_dryrun(struct harness *t);
void suite_differential(struct harness *t);
int verified_insns(void);

#endif /* PROG_TESTS_HARNESS_H */
