/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control protocol between xvsctl and xvsd.
 *
 * A Unix stream socket ($XVS_RUNDIR/xvsd.sock, mode 0600). One JSON document a
 * line each way; a connection carries any number of requests, answered in
 * order.
 *
 *   -> {"method": "flow.add", "params": {"args": ["sw0", "priority=1,..."],
 *       "options": {"strict": true}}}
 *   <- {"result": ...}
 *   <- {"error": {"code": "not-found", "message": "port eth9: no such device",
 *       "object": "eth9", "hint": "...", "text": "flow text", "column": 9,
 *       "length": 3}}
 *
 * 'args' are the words of the command line behind object and verb that have no
 * '='..., in order; 'options' the key=value words and the flags, all strings
 * or true. A result is what `xvsctl -j` prints; the tool makes the table for
 * people from it. 'hint', 'text', 'column' (1-based) and 'length' (of the wrong
 * word) may be absent.
 *
 * Many changes as one transaction are a "batch": 'params' has, in place of
 * 'args', "calls": an array of requests in the form above, each with a "line" of
 * the client's own count. Parts of it may come before as "batch.stage", like
 * those of "flow.replace" below. An error tells the "line" that it is about, and
 * then nothing of the batch is in force.
 *
 * Packets of action `controller` are shown to who sends "monitor.open" with
 * ["sw0"] and then "monitor.next", again and again, on one connection: its reply
 * {"packets": [...], "lost": 0} comes when there is something to tell, or after
 * some seconds. 'lost' counts packets that came faster than they were asked for.
 *
 * Rules by the hundred thousand come in parts, so that neither end holds all of
 * their text: any number of "flow.stage" with ["sw0", rule...], then
 * "flow.replace" in the same form, on one connection. The daemon keeps what was
 * staged until then; an error, or the end of the connection, throws it away, and
 * after an error "flow.replace" fails, so that no half of the rules comes into
 * force even if the client sends on without looking.
 */
#ifndef XVS_RPC_H
#define XVS_RPC_H

#define XVS_RPC_SOCKET "xvsd.sock"
#define XVS_RPC_PIDFILE "xvsd.pid"
#define XVS_RUNDIR_DEFAULT "/run/xvs"
#define XVS_BPFFS_DEFAULT "/sys/fs/bpf"
/* A request; larger ones have parts. It is also what a client can make the
 * daemon hold before it has said anything sensible. */
#define XVS_RPC_MAX_LINE (16 << 20)

/* X(symbol, code, exit status of xvsctl) */
#define XVS_RPC_ERRORS(X)                \
	X(OK, "ok", 0)                   \
	X(EXISTS, "exists", 1)           \
	X(BUSY, "busy", 1)               \
	X(PERMISSION, "permission", 1)   \
	X(FULL, "full", 1)               \
	X(UNSUPPORTED, "unsupported", 1) \
	X(FAILED, "failed", 1)           \
	X(USAGE, "usage", 2)             \
	X(SYNTAX, "syntax", 2)           \
	X(NOT_FOUND, "not-found", 3)     \
	X(UNREACHABLE, "unreachable", 4) \
	X(TIMEOUT, "timeout", 5)

enum xvs_rpc_error {
#define XVS_RPC_ENUM(sym, code, status) XVS_RPC_##sym,
	XVS_RPC_ERRORS(XVS_RPC_ENUM)
#undef XVS_RPC_ENUM
		XVS_RPC_ERROR_N,
};

#endif /* XVS_RPC_H */
