// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Pins: made by dp_bpf.c and dp_attach.c, swept here when a daemon starts or
 * ends. Sweeping detaches: links explicitly, as the kernel may free them later
 * than the last pin goes; filters by dp_clsact.c.
 */
#include "dp_pin.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "dp_clsact.h"
#include "log.h"
#include "xvs/abi.h"

/* Of 20 ms each. */
#define PINS_LOCK_TRIES 100

static bool is_bpffs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && (unsigned long)fs.f_type == BPF_FS_MAGIC;
}

/* mkdir -p */
static int make_dirs(const char *path)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof(part))
		return -ENAMETOOLONG;
	memcpy(part, path, len + 1);
	for (size_t i = 1; i <= len; i++) {
		if (part[i] != '/' && part[i])
			continue;
		part[i] = '\0';
		if (mkdir(part, 0755) && errno != EEXIST)
			return -errno;
		part[i] = path[i];
	}
	return 0;
}

/* A directory beside ours says that the file system was mounted by us: files
 * cannot be made there, and a later daemon has to know as well. */
#define PINS_MOUNT_NOTE "xvs_mounted"

static int mkdir_note(const char *path)
{
	return mkdir(path, 0700);
}

static int mount_note(const char *bpffs, int (*change)(const char *path))
{
	char note[PATH_MAX];

	if ((size_t)snprintf(note, sizeof(note), "%s/%s", bpffs, PINS_MOUNT_NOTE) >= sizeof(note))
		return -1;
	return change(note);
}

static bool has_pins(const char *bpffs)
{
	DIR *dir = opendir(bpffs);
	const struct dirent *entry;
	bool found = !dir;

	/* The kernel's own files, maps.debug and progs.debug, are always there. */
	while (!found && (entry = readdir(dir)))
		found = !strchr(entry->d_name, '.');
	if (dir)
		closedir(dir);
	return found;
}

/* Takes away the mount that we made, unless somebody else pins there by now. */
static void bpffs_umount(const char *bpffs)
{
	if (!mount_note(bpffs, rmdir) && !has_pins(bpffs) && umount2(bpffs, 0))
		log_warn("pin", "bpffs %s: stays mounted: %s", bpffs, strerror(errno));
}

static int bpffs_mount(const char *path, struct err *err)
{
	int ret;

	if (is_bpffs(path))
		return 0;
	ret = make_dirs(path);
	if (!ret && mount("bpf", path, "bpf", 0, "mode=0700"))
		ret = -errno;
	if (!ret)
		mount_note(path, mkdir_note);
	if (ret) {
		err_set(err, ret, XVS_RPC_FAILED, path, "bpffs %s: cannot be mounted: %s", path,
			strerror(-ret));
		err_hint(err, "mount -t bpf bpf %s, or set XVS_BPFFS to a directory that has one",
			 path);
	}
	return ret;
}

static void pin_path(const struct dp_pins *pins, const char *name, char path[PATH_MAX])
{
	if (snprintf(path, PATH_MAX, "%s/%s", pins->dir, name) >= PATH_MAX)
		path[0] = '\0'; /* too long to have been pinned */
}

int dp_pin(const struct dp_pins *pins, int fd, const char *name)
{
	char path[PATH_MAX];

	if (!pins->dir[0])
		return 0;
	pin_path(pins, name, path);
	return bpf_obj_pin(fd, path) ? -errno : 0;
}

void dp_unpin(const struct dp_pins *pins, const char *name)
{
	char path[PATH_MAX];

	if (!pins->dir[0])
		return;
	pin_path(pins, name, path);
	if (unlink(path) && errno != ENOENT)
		log_warn("pin", "pin %s: cannot be removed: %s", path, strerror(errno));
}

/* The program of a stale pin, or link; -errno. */
static int pin_get(const struct dp_pins *pins, const char *name)
{
	char path[PATH_MAX];
	int fd;

	pin_path(pins, name, path);
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

/* The device of a filter's record, from its name. */
static bool parse_filter(const char *name, bool *egress, unsigned int *ifindex,
			 unsigned int *own_qdisc)
{
	unsigned int port_no;

	*egress = sscanf(name, DP_PIN_EGRESS_FILTER "-%u-%u-%u", &port_no, ifindex, own_qdisc) == 3;
	return *egress ||
	       sscanf(name, DP_PIN_FILTER "-%u-%u-%u", &port_no, ifindex, own_qdisc) == 3;
}

static void undo_pin(const struct dp_pins *pins, const char *name)
{
	unsigned int ifindex, own_qdisc;
	bool egress;
	int fd;

	if (!strncmp(name, "link-", 5)) {
		fd = pin_get(pins, name);
		if (fd >= 0) {
			bpf_link_detach(fd);
			close(fd);
		}
	} else if (parse_filter(name, &egress, &ifindex, &own_qdisc)) {
		fd = pin_get(pins, name);
		if (fd >= 0) {
			dp_clsact_remove((int)ifindex, egress, fd, own_qdisc != 0);
			close(fd);
		}
	}
}

/* Two rounds: the hooks go before the tables that their programs use. */
static int sweep(const struct dp_pins *pins)
{
	int n_hooks = 0;

	for (int round = 0; round < 2; round++) {
		DIR *dir = opendir(pins->dir);
		const struct dirent *entry;

		if (!dir)
			return errno == ENOENT ? 0 : -errno;
		while ((entry = readdir(dir))) {
			bool is_hook =
				!strncmp(entry->d_name, "link-", 5) ||
				!strncmp(entry->d_name, DP_PIN_FILTER "-", sizeof(DP_PIN_FILTER));

			if (entry->d_name[0] == '.' || is_hook != !round)
				continue;
			n_hooks += is_hook;
			undo_pin(pins, entry->d_name);
			dp_unpin(pins, entry->d_name);
		}
		closedir(dir);
	}
	return n_hooks;
}

static int pins_refused(struct dp_pins *pins, int errnum, struct err *err)
{
	err_set(err, errnum,
		errnum == -EACCES || errnum == -EPERM ? XVS_RPC_PERMISSION : XVS_RPC_FAILED,
		pins->dir, "bpffs %s: %s", pins->dir, strerror(-errnum));
	pins->dir[0] = '\0';
	return errnum;
}

/* The directory belongs to one living daemon: it holds a lock on it, which ends
 * with the process however that ends (some ten milliseconds after a kill). */
static int pins_lock(struct dp_pins *pins, struct err *err)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};

	pins->lock_fd = open(pins->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (pins->lock_fd < 0)
		return pins_refused(pins, -errno, err);
	for (int i = 0; i < PINS_LOCK_TRIES; i++) {
		if (!flock(pins->lock_fd, LOCK_EX | LOCK_NB))
			return 0;
		nanosleep(&pause, NULL);
	}
	close(pins->lock_fd);
	err_set(err, -EBUSY, XVS_RPC_BUSY, pins->dir, "another xvsd uses the pins in %s",
		pins->dir);
	err_hint(err, "set XVS_BPFFS as well as XVS_RUNDIR for a second one, in its own network "
		      "name space");
	pins->dir[0] = '\0';
	return -EBUSY;
}

/* Notes the directory, locks it and removes what a dead daemon has left in it. */
static int pins_sweep(struct dp_pins *pins, struct err *err)
{
	int n = pins_lock(pins, err);

	if (n)
		return n;
	n = sweep(pins);
	if (n < 0) {
		close(pins->lock_fd);
		return pins_refused(pins, n, err);
	}
	if (n)
		log_info("pin", "%s: detached %d programs of a daemon that died", pins->dir, n);
	return 0;
}

static int pins_name(struct dp_pins *pins, const char *bpffs, struct err *err)
{
	if ((size_t)snprintf(pins->dir, sizeof(pins->dir), "%s/%s", bpffs, XVS_PIN_DIR) >=
	    sizeof(pins->dir))
		return pins_refused(pins, -ENAMETOOLONG, err);
	return 0;
}

int dp_pins_open(struct dp_pins *pins, const char *bpffs, struct err *err)
{
	int ret;

	pins->dir[0] = '\0';
	if (!bpffs)
		return 0;
	ret = bpffs_mount(bpffs, err);
	ret = ret ? ret : pins_name(pins, bpffs, err);
	if (!ret && mkdir(pins->dir, 0700) && errno != EEXIST)
		ret = pins_refused(pins, -errno, err);
	return ret ? ret : pins_sweep(pins, err);
}

void dp_pins_close(struct dp_pins *pins)
{
	if (!pins->dir[0])
		return;
	sweep(pins);
	if (rmdir(pins->dir))
		log_warn("pin", "pin %s: cannot be removed: %s", pins->dir, strerror(errno));
	close(pins->lock_fd);
	*strrchr(pins->dir, '/') = '\0';
	bpffs_umount(pins->dir);
	pins->dir[0] = '\0';
}

int dp_cleanup(const char *bpffs, struct err *err)
{
	struct dp_pins pins;
	int ret;

	if (!is_bpffs(bpffs))
		return 0;
	ret = pins_name(&pins, bpffs, err);
	if (ret)
		return ret;
	if (access(pins.dir, F_OK) && errno == ENOENT) {
		bpffs_umount(bpffs);
		return 0;
	}
	ret = pins_sweep(&pins, err);
	if (ret)
		return ret;
	if (rmdir(pins.dir))
		ret = pins_refused(&pins, -errno, err);
	close(pins.lock_fd);
	if (!ret)
		bpffs_umount(bpffs);
	return ret;
}
