// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The undo journal: its lines and its file. What an entry means for a device
 * is in netdev_change.c, which gives the apply function.
 */
#include "undo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct undo {
	char path[PATH_MAX - 8]; /* room for ".new" */
	char dir[PATH_MAX - 16];
	struct undo_change *changes;
	size_t n;
	size_t allocated;
	bool torn; /* the file ends in a cut line: write it anew, do not append */
};

static const char *const what_names[UNDO_N] = {
#define UNDO_NAME(sym, name) [UNDO_##sym] = name,
	UNDO_WHATS(UNDO_NAME)
#undef UNDO_NAME
};

const char *undo_what_name(enum undo_what what)
{
	return what > UNDO_UNSPEC && what < UNDO_N ? what_names[what] : "unknown";
}

int undo_format_line(char *buf, size_t size, const struct undo_change *c)
{
	return snprintf(buf, size, "%s %d %s %s\n", c->ifname, c->ifindex, undo_what_name(c->what),
			c->old ? "on" : "off");
}

static int parse_ifindex(const char *text, int *ifindex)
{
	char *end;
	long v;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	v = strtol(text, &end, 10);
	if (errno || *end || v < 1 || v > INT_MAX)
		return -EINVAL;
	*ifindex = (int)v;
	return 0;
}

static enum undo_what parse_what(const char *text)
{
	for (int i = UNDO_UNSPEC + 1; i < UNDO_N; i++)
		if (!strcmp(text, what_names[i]))
			return (enum undo_what)i;
	return UNDO_UNSPEC;
}

int undo_parse_line(const char *line, struct undo_change *c)
{
	char copy[UNDO_LINE_BYTES];
	char *word[4];
	char *rest = copy;

	if (strlen(line) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, line);
	for (int i = 0; i < 4; i++) {
		word[i] = strsep(&rest, " ");
		if (!word[i] || !word[i][0])
			return -EINVAL;
	}
	memset(c, 0, sizeof(*c));
	if (rest || strlen(word[0]) >= sizeof(c->ifname) || parse_ifindex(word[1], &c->ifindex))
		return -EINVAL;
	strcpy(c->ifname, word[0]);
	c->what = parse_what(word[2]);
	c->old = !strcmp(word[3], "on");
	if (c->what == UNDO_UNSPEC || (!c->old && strcmp(word[3], "off")))
		return -EINVAL;
	return 0;
}

static int add(struct undo *u, const struct undo_change *c)
{
	struct undo_change *grown;
	size_t want;

	if (u->n == u->allocated) {
		want = u->allocated ? 2 * u->allocated : 16;
		grown = reallocarray(u->changes, want, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		u->changes = grown;
		u->allocated = want;
	}
	u->changes[u->n++] = *c;
	return 0;
}

static int load(struct undo *u)
{
	struct undo_change c;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int err = 0;
	FILE *f;

	f = fopen(u->path, "re");
	if (!f)
		return errno == ENOENT ? 0 : -errno;
	while (!err && (len = getline(&line, &size, f)) > 0) {
		if (line[len - 1] != '\n') {
			u->torn = true;
			break;
		}
		line[len - 1] = '\0';
		/* A line that this version does not know is left to nobody: it
		 * must not keep the others from being undone. */
		if (!undo_parse_line(line, &c) && !undo_find(u, c.ifindex, c.what))
			err = add(u, &c);
	}
	if (!err && ferror(f))
		err = -EIO;
	free(line);
	fclose(f);
	return err;
}

int undo_open(const char *rundir, struct undo **out)
{
	struct undo *u = calloc(1, sizeof(*u));
	int err = -ENAMETOOLONG;

	if (!u)
		return -ENOMEM;
	if ((size_t)snprintf(u->dir, sizeof(u->dir), "%s", rundir) < sizeof(u->dir) &&
	    (size_t)snprintf(u->path, sizeof(u->path), "%s/" UNDO_FILE, rundir) < sizeof(u->path))
		err = load(u);
	if (err) {
		undo_close(u);
		return err;
	}
	*out = u;
	return 0;
}

void undo_close(struct undo *u)
{
	if (!u)
		return;
	free(u->changes);
	free(u);
}

static int write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, text, len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* A new or removed name is on disk only when its directory is. */
static int sync_dir(const struct undo *u)
{
	int fd = open(u->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = fsync(fd) ? -errno : 0;
	close(fd);
	return err;
}

static int write_lines(int fd, const struct undo_change *c, size_t n)
{
	char line[UNDO_LINE_BYTES];
	int err = 0;

	for (size_t i = 0; !err && i < n; i++)
		err = write_all(fd, line, (size_t)undo_format_line(line, sizeof(line), &c[i]));
	if (!err && fsync(fd))
		err = -errno;
	return err;
}

/* The file becomes what is in memory, at once or not at all. */
static int rewrite(struct undo *u)
{
	char tmp[PATH_MAX];
	int err;
	int fd;

	if (!u->n) {
		if (unlink(u->path) && errno != ENOENT)
			return -errno;
		u->torn = false;
		return sync_dir(u);
	}
	snprintf(tmp, sizeof(tmp), "%s.new", u->path);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_lines(fd, u->changes, u->n);
	close(fd);
	if (!err && rename(tmp, u->path))
		err = -errno;
	if (err) {
		unlink(tmp);
		return err;
	}
	u->torn = false;
	return sync_dir(u);
}

static int append(struct undo *u, const struct undo_change *c)
{
	int fd = open(u->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	int err;

	if (fd < 0)
		return -errno;
	err = write_lines(fd, c, 1);
	close(fd);
	/* A part of the line may be in the file: never append behind it. */
	if (err)
		u->torn = true;
	return err ? err : sync_dir(u);
}

int undo_record(struct undo *u, const struct undo_change *c)
{
	int err;

	if (undo_find(u, c->ifindex, c->what))
		return 0;
	err = add(u, c);
	if (err)
		return err;
	err = u->torn ? rewrite(u) : append(u, c);
	if (err)
		u->n--;
	return err;
}

const struct undo_change *undo_find(const struct undo *u, int ifindex, enum undo_what what)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->changes[i].ifindex == ifindex && u->changes[i].what == what)
			return &u->changes[i];
	return NULL;
}

void undo_describe(const struct undo *u, int ifindex, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < u->n && len < size; i++) {
		if (u->changes[i].ifindex != ifindex || u->changes[i].what == UNDO_DEVICE)
			continue;
		len += (size_t)snprintf(buf + len, size - len, "%s%s %s", len ? ", " : "",
					undo_what_name(u->changes[i].what),
					u->changes[i].old ? "off" : "on");
	}
}

int undo_replay_of(struct undo *u, int ifindex, unsigned int whats, undo_apply_fn fn, void *aux)
{
	bool changed = u->torn;
	int err = 0;
	int rc;

	for (size_t i = u->n; i-- > 0;) {
		if ((ifindex && u->changes[i].ifindex != ifindex) ||
		    !(whats & UNDO_BIT(u->changes[i].what)))
			continue;
		rc = fn(aux, &u->changes[i]);
		if (rc) {
			err = err ? err : rc;
			continue;
		}
		memmove(&u->changes[i], &u->changes[i + 1], (u->n - i - 1) * sizeof(u->changes[0]));
		u->n--;
		changed = true;
	}
	rc = changed ? rewrite(u) : 0;
	return err ? err : rc;
}

int undo_replay(struct undo *u, int ifindex, undo_apply_fn fn, void *aux)
{
	return undo_replay_of(u, ifindex, UNDO_ALL, fn, aux);
}
