/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is left to do in the daemon for a packet that the firewall policy has judged:
 * the answer to one that it rejects, and a record of one whose rule logs.
 *
 * Such packets come up as notes ([ACT6] in xvs/action.h): their fate is decided, and is
 * the same if the note is refused by admission. So neither a flood of rejected packets
 * nor one of logged ones takes more of the daemon than the port may have.
 *
 * Records are kept in a ring, the last POLICY_LOG_RECORDS of all switches, for
 * `xvsctl policy log`; some go to the daemon's log as lines, a few a second.
 *
 * Thread rule: the datapath thread.
 */
#ifndef SLOWPATH_POLICY_NOTE_H
#define SLOWPATH_POLICY_NOTE_H

#include "controller_point.h"
#include "strbuf.h"
#include "xvs/flow_key.h"

#define POLICY_LOG_RECORDS 4096

struct model;
struct replay;
struct policy_log;

struct policy_record {
	__u64 time_us; /* since 1970 */
	char sw_name[XVS_NAME_LEN];
	char port_name[XVS_NAME_LEN]; /* whose vNIC it was judged at; "": gone */
	__u32 rule;
	__u8 flags; /* CONTROLLER_F_* */
	__u32 len; /* of the frame */
	struct xvs_flow_key key;
};

const struct policy_log *model_policy_log(const struct model *m);

/* 0 or -ENOMEM. */
int policy_log_create(struct policy_log **out);
void policy_log_destroy(struct policy_log *log); /* NULL is a no-op */
/* How many there have been; the records of the last POLICY_LOG_RECORDS numbers are
 * there. */
__u64 policy_log_n(const struct policy_log *log);
const struct policy_record *policy_log_at(const struct policy_log *log, __u64 number);

/* "tcp,nw_src=...,tp_dst=80": its addresses and ports. */
void policy_record_packet(const struct policy_record *rec, struct strbuf *out);
/* "allow", "drop", "reject". */
const char *policy_fate(__u8 flags);
/* The packet of 'r' as it came in, and what is to be done for it. */
void policy_note(struct replay *r, const struct controller_point *point);

#endif /* SLOWPATH_POLICY_NOTE_H */
