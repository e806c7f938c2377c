// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Errors for people: filling struct err. The control layer turns one into the
 * error object of xvs/rpc.h, xvsctl prints it.
 */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void err_init(struct err *e)
{
	memset(e, 0, sizeof(*e));
}

void err_fini(struct err *e)
{
	free(e->text);
	e->text = NULL;
}

int err_set(struct err *e, int errnum, enum xvs_rpc_error code, const char *object, const char *fmt,
	    ...)
{
	char object_copy[sizeof(e->object)];
	char message[sizeof(e->message)];
	va_list ap;

	if (!e)
		return errnum;
	/* Arguments may point into 'e' itself: a caller may add to a message. */
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	snprintf(object_copy, sizeof(object_copy), "%s", object ? object : "");
	err_fini(e);
	err_init(e);
	e->code = code;
	memcpy(e->message, message, sizeof(message));
	memcpy(e->object, object_copy, sizeof(object_copy));
	return errnum;
}

void err_hint(struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return;
	va_start(ap, fmt);
	vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
}

void err_place(struct err *e, const char *text, size_t column, size_t len)
{
	char *copy;

	if (!e)
		return;
	/* Out of memory: the message alone still tells what is wrong. */
	copy = strdup(text);
	free(e->text);
	e->text = copy;
	e->column = column;
	e->len = len ? len : 1;
}

const char *err_code_name(enum xvs_rpc_error code)
{
	static const char *const names[] = {
#define ERR_NAME(sym, name, status) [XVS_RPC_##sym] = name,
		XVS_RPC_ERRORS(ERR_NAME)
#undef ERR_NAME
	};

	if ((unsigned int)code >= XVS_RPC_ERROR_N)
		return names[XVS_RPC_FAILED];
	return names[code];
}

int err_exit_status(enum xvs_rpc_error code)
{
	static const int statuses[] = {
#define ERR_STATUS(sym, name, status) [XVS_RPC_##sym] = (status),
		XVS_RPC_ERRORS(ERR_STATUS)
#undef ERR_STATUS
	};

	if ((unsigned int)code >= XVS_RPC_ERROR_N)
		return statuses[XVS_RPC_FAILED];
	return statuses[code];
}
