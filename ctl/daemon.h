/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The daemon's process and what it leaves behind: paths, starting, waiting for
 * its end, pins.
 */
#ifndef CTL_DAEMON_H
#define CTL_DAEMON_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "err.h"

struct client;

struct daemon_paths {
	char rundir[PATH_MAX];
	char socket[PATH_MAX];
	char log[PATH_MAX];
	char undo[PATH_MAX]; /* journal of changes to devices (loader/port/undo.c) */
	char pins[PATH_MAX];
	bool own_socket; /* the socket is where a daemon that we start will listen */
};

/* From XVS_RUNDIR, XVS_BPFFS and -S (NULL: not given). */
int daemon_paths_init(struct daemon_paths *p, const char *socket, struct err *err);

/* Connects to the daemon of 'socket' (NULL: the usual one): as client_open. */
int daemon_connect(const char *socket, int timeout_ms, struct client **out, struct err *err);
/* Connects and asks: 0 with '*out' set. Unreachable also when the listener dies
 * before it answers, as one that was just killed does. */
int daemon_answers(const struct daemon_paths *p, int timeout_ms, struct client **out,
		   struct err *err);
/* Starts xvsd in the background and waits until it answers; 0 with '*out'
 * connected, or -errno with 'err' filled from what the daemon said. '*pid' is
 * the process that was started; -1 when another xvsd came first. */
int daemon_start(const struct daemon_paths *p, int timeout_ms, struct client **out, pid_t *pid,
		 struct err *err);
/* Asks the daemon to end and waits until its process is gone. */
int daemon_stop(struct client *c, int timeout_ms, struct err *err);
/* Runs `xvsd --cleanup` and waits for it. */
int daemon_cleanup(const struct daemon_paths *p, struct err *err);
/* A daemon that died left pins or a journal. */
bool daemon_left_something(const struct daemon_paths *p);
/* {"directory", "maps", "xdp_links", "tc_links"}; a new reference. */
json_t *daemon_pins(const struct daemon_paths *p);

#endif /* CTL_DAEMON_H */
