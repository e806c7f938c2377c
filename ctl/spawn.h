/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Running xvsd as a process of its own, with its messages in a log file, and
 * finding in that file why it failed.
 */
#ifndef CTL_SPAWN_H
#define CTL_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"

struct spawn {
	pid_t pid;
	const char *log; /* borrowed */
	off_t log_start; /* where its messages begin */
};

/* Starts argv[0], found beside this program, then in PATH: in a session of its
 * own, without our descriptors, standard output and error in 'log'. */
int spawn_background(struct spawn *s, char *const argv[], const char *log, struct err *err);
/* Fills 'err' for a child that ended with 'status' of waitpid(2). */
void spawn_explain(const struct spawn *s, int status, struct err *err);
/* The last message in a log's text that tells of an error, and the hint behind
 * it: into 'err'. False: there is none. */
bool spawn_find_error(const char *text, struct err *err);

#endif /* CTL_SPAWN_H */
