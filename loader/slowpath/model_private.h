/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The model's inside, shared by the files of loader/slowpath: model*.c (what
 * clients ask for), upcall.c (what packets ask for) and revalidator.c (what
 * time and changes ask for).
 */
#ifndef SLOWPATH_MODEL_PRIVATE_H
#define SLOWPATH_MODEL_PRIVATE_H

#include "clock.h"
#include "ct_expect.h"
#include "ct_sweep.h"
#include "event.h"
#include "execute_ref.h"
#include "flow_limit.h"
#include "model.h"
#include "sweep.h"
#include "ukey.h"
#include "upcall_queue.h"

/* Subtables that wildcarded megaflows leave free, for the exact masks of each
 * protocol once the budget is used up. */
#define MODEL_SUBTABLES_RESERVED 16
/* What one port may have of the others: its flows have exact masks beyond that. */
#define MODEL_PORT_SUBTABLES 80

/* How wide the masks of a port's cached flows are (mask_level.h). */
struct port_masks {
	enum mask_level level;
	__u64 next_ms; /* no look before */
	__u64 many_ms; /* since when there are too many; 0: there are not */
	bool forced; /* some are exact because no subtable was free */
};

struct model {
	struct event_loop *loop;
	struct dp *dp;
	struct port_table *ports;
	struct sw **switches;
	size_t n_switches;
	struct ukey_table ukeys;
	__u64 seed;
	__u64 started_ms;
	struct flow_limit limit;
	__u32 ct_limit; /* connections that were asked for */
	/* Names of the policies of timeouts; 0 is the default and has none here. */
	char ct_timeouts[XVS_CT_TIMEOUT_POLICIES][XVS_NAME_LEN];
	struct sweep sweep;
	struct ct_sweep ct_sweep;
	struct ct_expects ct_expects;
	bool mega; /* off: every megaflow matches exactly */
	struct port_masks masks[XVS_MAX_PORTS];
	__u64 installed_total;
	__u64 removed_total;
	__u64 revalidated_total; /* cached flows that were translated again */
	struct model_admission admission;
	void (*stop)(void *aux);
	void *stop_aux;

	struct model_txn *txn; /* the one that is open; NULL: none (model_txn.h) */
	bool txn_wanted; /* it changed something that cached flows depend on */
	struct model_monitor *monitors; /* model_monitor.h */
	struct policy_log *policy_log; /* policy_note.h */
	struct policy_pairs policy_pairs;
	struct event_source *policy_timer; /* addresses of names are over */

	/* revalidator.c */
	struct change_set changes; /* since the cached flows were judged */
	bool reval_needed;
	__u64 reval_next_ms; /* not before, unless a client waits */
	struct event_source *reval_timer;
	struct event_source *upcall_source;
	struct event_source *upcall_turns; /* while 'upcalls' has records: the next turn */
	struct upcall_queue *upcalls;
	bool upcalls_wait; /* a turn is to come, whatever the ring says */
	__u64 upcalls_ms; /* when those that are served were taken */
	struct event_source *grace_source;
	struct event_source *netlink_source;

	const struct sw *names_of; /* whose ports model_port_names is about */

	/* What translations of all switches share. */
	struct xlate_env xlate_env;
	struct controller_points points;

	/* Scratch of the one thread; too large for the stack. */
	struct xlate_out xout;
	__u8 *frame; /* of a replay, with headroom */
};

/* A translation as the cache is set up now; who calls adds what he may do with it. */
static inline struct xlate_in model_xlate_in(struct model *m, struct sw *sw,
					     const struct flow_key *key, __u64 now_ms)
{
	return (struct xlate_in){
		.env = &m->xlate_env,
		.sw = sw,
		.key = key,
		.now_ms = now_ms,
		.exact = !m->mega,
		.mask_level = m->masks[key->in_port & (XVS_MAX_PORTS - 1)].level,
	};
}

/* upcall.c */
int model_upcalls_start(struct model *m);
void model_upcalls_stop(struct model *m);
/* The arguments of dp_flow_put for what m->xout says. */
struct dp_flow_spec model_flow_spec(const struct model *m, const struct xvs_flow_key *key,
				    __u32 version_from);
/* Installs what m->xout says for 'key'; NULL when it cannot be cached. */
struct ukey *model_install(struct model *m, struct sw *sw, const struct xvs_flow_key *key,
			   __u32 version_from, __u64 now_ms);

/* A packet as a CONTROLLER operation of 'arg' shows it. */
void model_packet_to_monitors(struct model *m, __u32 arg, const struct xvs_flow_key *key,
			      const __u8 *frame, __u32 len);

/* Narrows a translation's mask to one packet. */
void model_make_exact(const struct xvs_flow_key *key, struct xlate_out *out);

/* replay.c: the packet of an upcall on its way through its passes. */
struct replay {
	struct model *m;
	const struct xvs_upcall *up;
	struct ref_packet pkt; /* in m->frame */
	struct xvs_flow_key key; /* of this pass */
	__u16 l3_off, l4_off; /* in the frame at the beginning of this pass */
	size_t begin_len; /* of the frame, then */
	__u32 recirc_id; /* of the pass to come; 0: there is none */
	bool sent; /* at least one device took a copy */
	bool consumed; /* somebody has asked for a copy */
	const struct controller_point *answer; /* it is one of DNS, and goes on when it was seen */
	enum xvs_drop_reason reason; /* of the last output that was not made */
};
/* -EMSGSIZE: larger than any record can be. */
int replay_begin(struct replay *r, struct model *m, const struct xvs_upcall *up);
/* A copy leaves by that port. */
void replay_count_tx(struct model *m, __u16 port_no, size_t len);
/* Runs a pass's program and sends the copies; 0 or what ended it. */
enum xvs_drop_reason replay_run(struct replay *r, const struct xvs_op *ops, size_t n_ops);
/* policy_answer.c: learns from the answer of DNS that 'r' is, and does what is to be done
 * with the packet; 0 or what ended it. */
enum xvs_drop_reason policy_answer(struct replay *r, struct sw *sw);
/* Parses the frame for the pass that replay_run has asked for; 0 or why not. */
enum xvs_drop_reason replay_next_pass(struct replay *r);

/* revalidator.c */
int revalidator_start(struct model *m);
void revalidator_stop(struct model *m);
/* Cached flows that m->changes can concern are judged again, within REVAL_DELAY_MS. */
void revalidator_request(struct model *m);
/* Now, before a client's change is acknowledged. */
void revalidator_run(struct model *m);

/* flow_cache.c */
int flow_cache_start(struct model *m);
void flow_cache_stop(struct model *m);
void flow_cache_remove(struct model *m, struct ukey *u);
/* Room for one more, if need be in the place of a colder one; false: there is none. */
bool flow_cache_make_room(struct model *m);
/* Removes flows as old as the sweep has chosen, down to the target, among the next
 * 'n_slots' slots of the hand. */
void flow_cache_evict(struct model *m, __u32 n_slots);
/* Brings rule counters and last uses up to date. */
void flow_cache_count(struct model *m);
/* Removes every megaflow of a switch (NULL: of all). */
void flow_cache_flush(struct model *m, const struct sw *sw);

/* model_expire.c */
/* Removes rules whose time is over; true: there are more of them. */
bool model_expire(struct model *m, __u64 now_ms);

/* model_flow.c */
/* Fills 'err' for what a flow table has returned; returns 'rc'. */
int model_table_error(struct err *err, const struct sw *sw, int rc);

/* model_port.c */
void model_port_changed(void *aux, struct port *port);

/* model_admission.c */
/* The defaults, once there are ports and queues. */
void model_admission_start(struct model *m);
/* A port has come, or its own limits have changed. */
void model_admission_apply(struct model *m, const struct sw_port *sp);
/* Nobody has that number any more. */
void model_admission_forget(struct model *m, __u16 port_no);

/* model.c */
struct sw *model_sw_of_port(const struct model *m, __u16 port_no);

#endif /* SLOWPATH_MODEL_PRIVATE_H */
