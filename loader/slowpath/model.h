/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The running daemon as its clients see it: switches, ports, rules, learned
 * addresses and the flow cache, with every change that a client may ask for.
 *
 * Problem. A change of a rule or port must reach the packets: through the
 * flow tables, the cached megaflows and the datapath, in an order that no
 * packet sees half of.
 *
 * Idea. The control layer calls the functions below and nothing deeper. Each
 * change validates first, changes the policy (loader/flow), and tells the
 * revalidator, which brings the cache in line in one version step [I8].
 *
 * Thread rule: every function runs on the datapath thread (event_loop_call),
 * but for those that say otherwise. What is borrowed is valid until the
 * function that gave it back returns to the event loop. 'err' is filled
 * whenever a function returns negative.
 */
#ifndef SLOWPATH_MODEL_H
#define SLOWPATH_MODEL_H

#include "flow_format.h"
#include "port.h"
#include "sw.h"
#include "xlate.h"
#include "xlate_trace.h"

struct model;
struct model_names;

/* --- switches --- */
int model_switch_add(struct model *m, const char *name, struct err *err);
int model_switch_del(struct model *m, const char *name, struct err *err);
/* The switch, or NULL with 'err' (not-found) filled. */
struct sw *model_switch(struct model *m, const char *name, struct err *err);
/* A port of it, the same. */
struct sw_port *model_sw_port(const struct sw *sw, const char *name, struct err *err);
size_t model_n_switches(const struct model *m);
struct sw *model_switch_at(const struct model *m, size_t i);
/* Port names of a switch, for parsing and printing flows; until the next call. A
 * number that is another switch's port has that one's name. */
void model_port_names(struct model *m, struct sw *sw, struct port_names *names);
/* The same as a copy, which any one thread may use; NULL: out of memory. */
struct model_names *model_names_create(const struct sw *sw);
void model_names_destroy(struct model_names *c); /* NULL is a no-op */
/* What the numbers in programs stand for, with these names of ports. */
struct program_names model_program_names(const struct model *m, const struct port_names *ports);
void model_names_use(struct model_names *c, struct port_names *names);
/* The switch still has these ports, and by these names. */
bool model_names_are_of(const struct model_names *c, const struct sw *sw);

/* --- ports --- */
struct model_port_config {
	const char *name;
	enum port_type type; /* of a new port */
	const char *peer; /* of a patch port; NULL: as it is */
	__u32 queues; /* of a new xsk or vhost-user port; 0: not given */
	const char *owner; /* the same; NULL: not given */
	const char *path; /* of a new vhost-user port's socket */
	bool client; /* the same */
	const char *device; /* of a new host port */
	bool has_fail, fail_closed; /* of a host port */
	bool has_mode;
	struct port_mode_config mode; /* of a vhost-user port */
	int hook; /* PORT_HOOK_AUTO, XVS_HOOK_XDP, XVS_HOOK_TC */
	bool has_hook;
	bool has_tag;
	int tag; /* -1: none, a trunk */
	bool has_trunks;
	__u64 trunks[4096 / 64];
	bool has_blocked, blocked;
	bool has_flood, flood;
	bool has_upcall_rate, has_upcall_burst;
	struct sw_limit upcall_rate, upcall_burst;
	/* Addresses of the port (spoof_guard.h), and whether it is held to them. */
	bool has_addresses, has_guard, has_tags;
	struct spoof_guard guard;
	struct sw_port_tags tags;
};
int model_port_add(struct model *m, struct sw *sw, const struct model_port_config *cfg,
		   struct err *err);
int model_port_set(struct model *m, struct sw *sw, const struct model_port_config *cfg,
		   struct err *err);
int model_port_del(struct model *m, struct sw *sw, const char *name, struct err *err);

struct model_port {
	const struct port *port;
	const struct sw_port *sw_port;
	struct xvs_port_stats stats; /* of a patch port: packets and bytes only */
	__u64 drops; /* all reasons */
	struct dp_admission admission; /* in force */
};
/* The i-th port of a switch; false: no such. */
bool model_port_at(struct model *m, const struct sw *sw, size_t i, struct model_port *out);

/* --- rules --- */
int model_flow_add(struct model *m, struct sw *sw, struct flow_spec *spec, struct err *err);
/* Number of rules changed, or negative. */
int model_flow_mod(struct model *m, struct sw *sw, struct flow_spec *spec, bool strict,
		   struct err *err);
int model_flow_del(struct model *m, struct sw *sw, struct flow_spec *spec, bool strict,
		   struct err *err);

/*
 * Rules on their way to a switch. They belong to whoever collects them, on any
 * thread, until model_flow_replace takes them over.
 */
struct model_rules {
	struct rule **v;
	size_t n;
	size_t allocated;
};
/* Makes a rule of 'spec'; 'sw_name' is for errors. -ENOSPC: XVS_MAX_RULES. */
int model_rules_add(struct model_rules *rules, const char *sw_name, struct flow_spec *spec,
		    struct err *err);
void model_rules_fini(struct model_rules *rules);

/* A rule that is made already; it is taken over, whatever happens. */
int model_flow_add_rule(struct model *m, struct sw *sw, struct rule *rule, bool check_overlap,
			struct err *err);

/*
 * All rules become 'rules', or these come in addition, in pieces, each of some milliseconds at most (but
 * for the one that judges the cached flows), so that upcalls are served in
 * between: model_flow_replace_step is called as long as it returns 1, each time
 * in a turn of its own of the datapath thread's loop. 0: it is done, and 'rules'
 * is empty; negative: it is as before.
 */
struct model_replace {
	struct model *m;
	struct sw *sw;
	struct model_rules *rules;
	bool keep; /* what is there stays, unless a rule takes its place */
	/* The steps' own, zero at first. */
	size_t n_checked;
	struct flow_table_change *change;
	bool preparing;
	int rc;
	/* Results: rules of the switch; after an error the rule that was refused. */
	size_t n_after;
	size_t refused;
};
int model_flow_replace_step(struct model_replace *r, struct err *err);

struct model_rule {
	struct rule *rule; /* with a reference */
	__u64 packets; /* exact once traffic has stopped: live megaflows included */
	__u64 bytes;
	__u64 age_ms;
	__u64 idle_ms;
};
/* An array in order of listing; 'filter' may be NULL. Matches and actions may be
 * read on another thread as long as that runs the only request. */
int model_flow_list(struct model *m, struct sw *sw, const struct flow_select *filter,
		    struct model_rule **rules, size_t *n, struct err *err);
void model_flow_list_free(struct model_rule *rules, size_t n);

/* --- learned addresses: read sw->fdb directly; change it here --- */
int model_fdb_add(struct model *m, struct sw *sw, const __u8 mac[6], __u16 vlan, const char *port,
		  struct err *err);
int model_fdb_del(struct model *m, struct sw *sw, const __u8 mac[6], __u16 vlan, struct err *err);
int model_fdb_flush(struct model *m, struct sw *sw, const char *port /* NULL: all */,
		    struct err *err); /* number flushed */
__u64 model_now_ms(const struct model *m);

/* --- the flow cache --- */
struct model_megaflow {
	__u32 id; /* slot */
	const struct match *match;
	enum xvs_verdict verdict;
	enum xvs_drop_reason reason;
	const struct xvs_op *ops;
	size_t n_ops;
	__u64 packets;
	__u64 bytes;
	__u64 used_ms; /* since last use; UINT64_MAX: never */
};
typedef void (*model_megaflow_fn)(void *aux, const struct model_megaflow *f);
void model_cache_each(struct model *m, const struct sw *sw, model_megaflow_fn fn, void *aux);

struct model_cache_stats {
	__u64 megaflows, megaflow_limit, subtables, subtable_limit;
	__u64 megaflow_limit_in_force; /* flow_limit.h */
	__u64 sweep_us; /* CPU time of the last sweep */
	__u64 installed_total, removed_total, revalidated_total;
	struct xvs_counters counters;
	bool micro, mega;
	enum mask_level mask_level; /* the highest of the switch's ports */
};
void model_cache_stats(struct model *m, const struct sw *sw, struct model_cache_stats *out);

struct model_cache_config {
	bool has_micro, micro;
	bool has_mega, mega;
	bool has_limit;
	__u32 limit;
};
int model_cache_set(struct model *m, struct sw *sw, const struct model_cache_config *cfg,
		    struct err *err);

/* --- the classifier of a switch --- */
struct model_classifier {
	struct classifier_config config;
	struct classifier_stats stats;
};
void model_classifier_show(const struct sw *sw, struct model_classifier *out);

struct model_classifier_config {
	bool has_priority_sort, priority_sort;
	bool has_staged, staged;
	bool has_prefix, prefix;
};
int model_classifier_set(struct model *m, struct sw *sw, const struct model_classifier_config *cfg,
			 struct err *err);

/* --- admission to the slow path --- */
struct model_admission {
	struct dp_admission port; /* of each port, but for what it has of its own */
	__u32 allowance; /* packets of one microflow that are on their way up */
	__u32 queue; /* records of one port that wait in the daemon */
};
/* What waits now, and has been refused because too much did. */
struct model_waiting {
	__u32 records;
	__u64 bytes;
	__u64 bytes_limit;
	__u64 lost;
};
void model_admission(const struct model *m, struct model_admission *out);
/* All of it, from the next packet on; the values are in range. */
void model_admission_set(struct model *m, const struct model_admission *a);
/* The limits in force of a port. */
void model_port_admission(const struct model *m, const struct sw_port *sp,
			  struct dp_admission *out);
void model_waiting(const struct model *m, struct model_waiting *out);

/* --- drops, trace, status --- */
/* Packets of port 'port_no' dropped for 'reason' (port 0: unattributed). */
__u64 model_drops(struct model *m, __u16 port_no, enum xvs_drop_reason reason);

/* Translates 'key' without side effects; 'trace' and 'out' are filled. */
int model_trace(struct model *m, struct sw *sw, const struct flow_key *key,
		struct xlate_trace *trace, struct xlate_out *out, struct err *err);

struct model_status {
	__u64 uptime_ms;
	const struct dp_features *features;
	struct dp_memory memory;
	__u32 flow_limit;
	__u32 ct_limit; /* connections */
	__u32 n_conns;
	__u32 cpu_lanes;
};
void model_status(struct model *m, struct model_status *out);

/* Asks the daemon to end (after the reply has been sent). */
void model_request_stop(struct model *m);

#endif /* SLOWPATH_MODEL_H */
