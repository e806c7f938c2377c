// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Finds a name space by the id that netlink gives for it, among those that
 * processes are in and those that have a name, and opens a socket there.
 */
#include "netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netlink.h"

/* Where tools keep named name spaces. */
static const char *const name_dirs[] = {"/run/netns", "/run/docker/netns"};

struct seen {
	ino_t *inodes;
	size_t n;
	size_t allocated;
};

/* 1: was there already. */
static int seen_add(struct seen *seen, ino_t inode)
{
	ino_t *grown;

	for (size_t i = 0; i < seen->n; i++)
		if (seen->inodes[i] == inode)
			return 1;
	if (seen->n == seen->allocated) {
		seen->allocated = seen->allocated ? 2 * seen->allocated : 64;
		grown = reallocarray(seen->inodes, seen->allocated, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		seen->inodes = grown;
	}
	seen->inodes[seen->n++] = inode;
	return 0;
}

/* The name space at 'path' if it is the one that is looked for; -ENOENT. */
static int try_path(struct netlink *nl, struct seen *seen, const char *path, int nsid)
{
	struct stat st;
	int found;
	int rc;
	int fd;

	if (stat(path, &st))
		return -ENOENT;
	rc = seen_add(seen, st.st_ino);
	if (rc)
		return rc < 0 ? rc : -ENOENT;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -ENOENT;
	if (!netlink_nsid_of(nl, fd, &found) && found == nsid)
		return fd;
	close(fd);
	return -ENOENT;
}

/* 'suffix' is what leads from an entry of 'dir' to a name space. */
static int try_dir(struct netlink *nl, struct seen *seen, const char *dir, const char *suffix,
		   int nsid)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int fd = -ENOENT;
	DIR *d;

	d = opendir(dir);
	if (!d)
		return -ENOENT;
	while (fd == -ENOENT && (entry = readdir(d))) {
		if (entry->d_name[0] == '.' ||
		    (suffix[0] && (entry->d_name[0] < '0' || entry->d_name[0] > '9')))
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", dir, entry->d_name, suffix);
		fd = try_path(nl, seen, path, nsid);
	}
	closedir(d);
	return fd;
}

static int find(struct netlink *nl, int nsid)
{
	struct seen seen = {0};
	int fd = -ENOENT;

	for (size_t i = 0; fd == -ENOENT && i < sizeof(name_dirs) / sizeof(name_dirs[0]); i++)
		fd = try_dir(nl, &seen, name_dirs[i], "", nsid);
	if (fd == -ENOENT)
		fd = try_dir(nl, &seen, "/proc", "/ns/net", nsid);
	free(seen.inodes);
	return fd;
}

struct enter {
	int netns_fd;
	int result; /* the socket or -errno */
};

/* A thread of its own: the daemon's other threads never leave their name
 * space, not even when the way back would fail. */
static void *enter_and_open(void *aux)
{
	struct enter *enter = aux;

	if (setns(enter->netns_fd, CLONE_NEWNET)) {
		enter->result = -errno;
		return NULL;
	}
	enter->result = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (enter->result < 0)
		enter->result = -errno;
	return NULL;
}

int netns_socket(struct netlink *nl, int nsid)
{
	struct enter enter = {0};
	pthread_t thread;
	int rc;

	enter.netns_fd = find(nl, nsid);
	if (enter.netns_fd < 0)
		return enter.netns_fd;
	rc = pthread_create(&thread, NULL, enter_and_open, &enter);
	if (!rc)
		pthread_join(thread, NULL);
	close(enter.netns_fd);
	return rc ? -rc : enter.result;
}
