/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A request that is too large for one line: sent in parts, each made while the
 * daemon reads the one before, so that both processors of the smallest host have
 * work. On a terminal long work tells how far it is.
 */
#ifndef CTL_PARTS_H
#define CTL_PARTS_H

#include <jansson.h>

#include "client.h"
#include "cmdline.h"

/* A part is closed by either. Far below XVS_RPC_MAX_LINE, and large enough that a
 * part takes much longer than a round trip. */
#define PART_ITEMS 4096
#define PART_BYTES (1 << 20)

struct parts {
	const char *stage; /* method of a part that others follow */
	const char *last; /* and of the last */
	const char *what; /* "rules" */
	size_t n; /* items in all */
	/* Adds item 'i' to the request: the bytes that it takes there, or -errno with
	 * 'err' filled. */
	long (*add)(void *aux, size_t i, struct client_request *request, struct err *err);
	/* Makes the request to which items are added; 0 or -errno with 'err' filled. */
	int (*begin)(void *aux, struct client_request *request, struct err *err);
	void *aux;
};

/* 0 with '*result' set to that of the last part, or -errno with 'err' filled. */
int parts_send(const struct cmdline *c, const struct parts *p, json_t **result, struct err *err);

#endif /* CTL_PARTS_H */
