// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user_group.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>

/* Of an entry of the users' or groups' list. */
#define NSS_BYTES 16384

/* 1: it is no number. The largest one says "none" to chown(). */
static int parse_number(const char *text, unsigned int *id)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end)
		return 1;
	if (errno || v >= UINT32_MAX)
		return -EINVAL;
	*id = (unsigned int)v;
	return 0;
}

int user_find(const char *text, uid_t *uid, gid_t *gid)
{
	struct passwd pw, *found = NULL;
	char buf[NSS_BYTES];
	int rc = parse_number(text, uid);

	if (rc <= 0)
		return rc;
	getpwnam_r(text, &pw, buf, sizeof(buf), &found);
	if (!found)
		return -ENOENT;
	*uid = found->pw_uid;
	*gid = found->pw_gid;
	return 0;
}

int user_group_find(const char *text, gid_t *gid)
{
	struct group gr, *found = NULL;
	char buf[NSS_BYTES];
	int rc = parse_number(text, gid);

	if (rc <= 0)
		return rc;
	getgrnam_r(text, &gr, buf, sizeof(buf), &found);
	if (!found)
		return -ENOENT;
	*gid = found->gr_gid;
	return 0;
}
