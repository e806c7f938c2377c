/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An error for a person: code of the control protocol, one sentence, a hint.
 *
 * Inside, functions return -errno. Where a failure will be shown, the function
 * that knows what, why and what to do fills a struct err as well.
 */
#ifndef UTIL_ERR_H
#define UTIL_ERR_H

#include <stddef.h>

#include "xvs/rpc.h"

struct err {
	enum xvs_rpc_error code; /* XVS_RPC_OK: none */
	char message[512]; /* "port eth9: no such device" */
	char object[64]; /* what it is about: "eth9"; may be empty */
	char hint[256]; /* what to do; may be empty */
	char *text; /* flow text with the mistake, malloc'ed; NULL: none */
	size_t column; /* 0-based place in 'text' */
	size_t len;
	unsigned int line; /* of a batch: number of the command that failed; 0: none */
};

void err_init(struct err *e);
void err_fini(struct err *e);
/* Fills 'e' (may be NULL) and returns 'errnum' (negative), for
 * `return err_set(e, -ENODEV, XVS_RPC_NOT_FOUND, "eth9", "port %s: ...", ...)`. */
int err_set(struct err *e, int errnum, enum xvs_rpc_error code, const char *object, const char *fmt,
	    ...) __attribute__((format(printf, 5, 6)));
void err_hint(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void err_place(struct err *e, const char *text, size_t column, size_t len);
/* "not-found", and its exit status. */
const char *err_code_name(enum xvs_rpc_error code);
int err_exit_status(enum xvs_rpc_error code);

#endif /* UTIL_ERR_H */
