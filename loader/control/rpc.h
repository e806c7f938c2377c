/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a request line to its reply line: the protocol of xvs/rpc.h.
 *
 * rpc.c parses a request, finds its method and makes the reply from what the
 * method returned. Who runs the method, and on which thread, is the caller's
 * (server.c; tests: right there). Most methods are one piece of work for the
 * datapath thread. Those that go over many rules have a 'main_fn' instead: it
 * reads and prints on the main thread and asks the datapath thread only for what
 * nobody else may do, so that upcalls do not wait for text. Methods live in one
 * file a noun, rpc_<object>.c, each with a table that rpc_table.c puts together.
 */
#ifndef CONTROL_RPC_H
#define CONTROL_RPC_H

#include <jansson.h>
#include <stdbool.h>

#include "err.h"
#include "strbuf.h"

struct model;
struct rpc_call;

/* The parameters of a request. 'args' are all strings, 'options' strings or
 * true; rpc.c has checked that. All are borrowed from the request. */
struct rpc_params {
	size_t n_args;
	const json_t *args;
	const json_t *options;
	const json_t *calls; /* of a batch; not checked yet; NULL: none */
};

/* Runs a method: 0 with '*result' set (a new reference; NULL is an empty
 * object), or -errno with 'err' filled. */
typedef int (*rpc_fn)(struct model *m, const struct rpc_params *p, json_t **result,
		      struct err *err);

/* What a connection keeps from one request to the next. */
struct rpc_keep {
	void *data; /* NULL: nothing */
	void (*free)(void *data);
};

/* The surroundings of a method that runs on the main thread. */
struct rpc_env {
	struct model *model; /* for what 'on_datapath' runs, and what is for any thread */
	/* Runs fn(arg) on the datapath thread and waits: 0 or -ESHUTDOWN. */
	int (*on_datapath)(void *aux, void (*fn)(void *arg), void *arg);
	void *aux;
	struct rpc_keep *keep; /* of the connection */
	/* A method that has nothing to say yet stores a descriptor here and returns
	 * an error that nobody sees: it is called again, from its beginning, when
	 * that is readable. NULL: it has waited for long; now it has to answer. */
	int *wait_fd;
};

/* 0, with call->result set or a JSON value appended to call->text (neither: an
 * empty object), or -errno with call->err filled. */
typedef int (*rpc_main_fn)(const struct rpc_env *env, struct rpc_call *call);

struct rpc_method {
	const char *name; /* "port.add"; NULL ends a table */
	rpc_fn fn; /* NULL: there is a 'main_fn' */
	rpc_main_fn main_fn;
	unsigned int min_args;
	unsigned int max_args;
	const char *options; /* the ones that it knows: " tag trunks " */
};

/* One request while it runs. */
struct rpc_call {
	const struct rpc_method *method;
	struct rpc_params params;
	json_t *result;
	/* Instead of 'result', for long ones: the reply as text. It has the
	 * beginning of the reply already. */
	struct strbuf text;
	struct err err;
	int rc;
};

/* Runs call->method and fills 'result' or 'text', 'err' and 'rc'. */
typedef void (*rpc_run_fn)(void *aux, struct rpc_call *call);

struct rpc_dispatch {
	/* The method of that name or NULL. */
	const struct rpc_method *(*find)(const char *name);
	rpc_run_fn run;
	void *aux;
};

/* Finds the method of a request, a JSON object, and checks its parameters, which
 * are borrowed: 0 or -EINVAL with call->err filled. */
int rpc_prepare(const struct rpc_method *(*find)(const char *name), const json_t *request,
		struct rpc_call *call);
/* The reply to a line: malloc'ed, with its newline; NULL when out of memory. */
char *rpc_handle(const struct rpc_dispatch *d, const char *line, size_t len, size_t *reply_len);
/* A reply that tells of an error without a request. */
char *rpc_error_reply(enum xvs_rpc_error code, const char *message, size_t *reply_len);

/* rpc_table.c: the daemon's methods. */
const struct rpc_method *rpc_method_find(const char *name);

extern const struct rpc_method rpc_switch_methods[];
extern const struct rpc_method rpc_port_methods[];
extern const struct rpc_method rpc_flow_methods[];
extern const struct rpc_method rpc_group_methods[];
extern const struct rpc_method rpc_meter_methods[];
extern const struct rpc_method rpc_mirror_methods[];
extern const struct rpc_method rpc_fdb_methods[];
extern const struct rpc_method rpc_cache_methods[];
extern const struct rpc_method rpc_classifier_methods[];
extern const struct rpc_method rpc_admission_methods[];
extern const struct rpc_method rpc_ct_methods[];
extern const struct rpc_method rpc_ct_timeouts_methods[];
extern const struct rpc_method rpc_drops_methods[];
extern const struct rpc_method rpc_trace_methods[];
extern const struct rpc_method rpc_monitor_methods[];
extern const struct rpc_method rpc_policy_methods[];
extern const struct rpc_method rpc_batch_methods[];
extern const struct rpc_method rpc_status_methods[];

/* rpc_admission.c: the limits of all ports. */
json_t *rpc_admission_object(const struct model *m);

/* --- for methods (rpc_params.c) --- */

/* The 'params' of a request (NULL: none), not checked: rpc_prepare does that. */
struct rpc_params rpc_params_of(const json_t *params);
/* The i-th argument; NULL: not given. */
const char *rpc_arg(const struct rpc_params *p, size_t i);
/* The value of an option; NULL: not given. A flag's value is "". */
const char *rpc_option(const struct rpc_params *p, const char *name);
/* on or off: 1 and '*value' set, 0 not given, -EINVAL with 'err' filled. */
int rpc_option_bool(const struct rpc_params *p, const char *name, bool *value, struct err *err);
/* A decimal number of that range: the same. */
int rpc_option_number(const struct rpc_params *p, const char *name, const long range[2],
		      long *value, struct err *err);
/* "00:11:22:33:44:55": 0 or -EINVAL with 'err' filled. */
int rpc_parse_mac(const char *text, unsigned char mac[6], struct err *err);
/* -ENOMEM with 'err' filled: for results that could not be built. */
int rpc_no_memory(struct err *err);
/* A counter as JSON, which has no more than 63 bits. */
json_t *rpc_count(unsigned long long n);
/* What 'text' has become, which ends; NULL: it failed, or is not UTF-8. */
json_t *rpc_take_text(struct strbuf *text);
/* Bytes as text, two digits each; NULL: out of memory. */
json_t *rpc_hex(const unsigned char *bytes, size_t n);
/* A string as JSON text; 'out' fails where json_string would. */
void rpc_text_string(struct strbuf *out, const char *s);
/* env->on_datapath: 0, or -ESHUTDOWN with 'err' filled. */
int rpc_on_datapath(const struct rpc_env *env, void (*fn)(void *arg), void *arg, struct err *err);
/* Frees what the connection keeps. */
void rpc_keep_drop(struct rpc_keep *keep);

#endif /* CONTROL_RPC_H */
