/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Users and groups, by name or by number: who may have a socket.
 */
#ifndef UTIL_USER_GROUP_H
#define UTIL_USER_GROUP_H

#include <sys/types.h>

/* 0; -ENOENT: there is none of that name; -EINVAL: a number that none can have. A
 * number need not be anybody's. 'gid' is the own group of a user given by name, and
 * stays what it was for a number. */
int user_find(const char *text, uid_t *uid, gid_t *gid);
int user_group_find(const char *text, gid_t *gid);

#endif /* UTIL_USER_GROUP_H */
