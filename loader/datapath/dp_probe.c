// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Finds out, before anything is changed, whether the datapath can run here, and
 * which way where there are several. dp_bpf.c asks.
 */
#include "dp_probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "dp_grace_wait.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

#define KERNEL_MAJOR 6
#define KERNEL_MINOR 1

static bool has_capability(const struct __user_cap_data_struct *data, unsigned int cap)
{
	return data[cap / 32].effective & (1U << (cap % 32));
}

static int probe_privileges(struct err *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (!syscall(SYS_capget, &header, data) && has_capability(data, CAP_NET_ADMIN) &&
	    (has_capability(data, CAP_SYS_ADMIN) ||
	     (has_capability(data, CAP_BPF) && has_capability(data, CAP_PERFMON))))
		return 0;
	err_set(err, -EPERM, XVS_RPC_PERMISSION, "",
		"xvsd: needs root or CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON");
	err_hint(err, "run it with sudo");
	return -EPERM;
}

bool dp_release_is(const char *release, unsigned int major, unsigned int minor)
{
	unsigned int a = 0, b = 0;

	if (sscanf(release, "%u.%u", &a, &b) < 1)
		return false;
	return a > major || (a == major && b >= minor);
}

int dp_probe_host(struct err *err)
{
	struct utsname u;
	int ret = probe_privileges(err);

	if (ret)
		return ret;
	if (!uname(&u) && dp_release_is(u.release, KERNEL_MAJOR, KERNEL_MINOR))
		return 0;
	err_set(err, -EOPNOTSUPP, XVS_RPC_UNSUPPORTED, "",
		"xvsd: Linux %s is too old: %u.%u or newer is needed", u.release, KERNEL_MAJOR,
		KERNEL_MINOR);
	err_hint(err, "boot a newer kernel");
	return -EOPNOTSUPP;
}

static bool probe_jit(void)
{
	FILE *f = fopen("/proc/sys/net/core/bpf_jit_enable", "re");
	int value = 1;

	/* Unreadable in a container; kernels without the switch have the JIT
	 * always on. */
	if (!f)
		return true;
	if (fscanf(f, "%d", &value) != 1)
		value = 1;
	fclose(f);
	return value != 0;
}

int dp_probe_features(struct dp_features *features)
{
	int n_cpus = libbpf_num_possible_cpus();
	struct utsname u;

	if (n_cpus <= 0)
		return n_cpus ? n_cpus : -ENOENT;
	features->possible_cpus = (unsigned int)n_cpus;
	if (!uname(&u))
		snprintf(features->kernel, sizeof(features->kernel), "%.63s", u.release);
	features->membarrier = dp_membarrier_works();
	features->jit = probe_jit();
	return 0;
}

bool dp_probe_tcx(int tc_prog_fd)
{
	int fd = bpf_link_create(tc_prog_fd, INT_MAX, DP_TCX_INGRESS, NULL);

	if (fd >= 0) /* cannot be: there is no such device */
		close(fd);
	return fd == -ENODEV;
}
