// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reads the name of a BPF program and whether tcx egress is in use. tcx tells
 * nothing by netlink, so port.c asks again from time to time.
 */
#include "bpf_query.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* enum bpf_attach_type of kernels before 6.6 ends below it. */
#define TCX_EGRESS 47

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

void bpf_query_prog_name(__u32 prog_id, char name[16])
{
	struct bpf_prog_info info;
	union bpf_attr attr;
	long fd;

	name[0] = '\0';
	memset(&attr, 0, sizeof(attr));
	attr.prog_id = prog_id;
	fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
	if (fd < 0)
		return;
	memset(&info, 0, sizeof(info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (__u32)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (__u64)(unsigned long)&info;
	if (!bpf(BPF_OBJ_GET_INFO_BY_FD, &attr)) {
		memcpy(name, info.name, 15);
		name[15] = '\0';
	}
	close((int)fd);
}

int bpf_query_tcx_egress(int ifindex)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (__u32)ifindex;
	attr.query.attach_type = TCX_EGRESS;
	if (bpf(BPF_PROG_QUERY, &attr))
		return errno == EINVAL ? 0 : -errno;
	return attr.query.prog_cnt > 0;
}
