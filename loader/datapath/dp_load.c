// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Loads the datapath's BPF objects through their skeletons, the only file that
 * includes these. What libbpf says is kept back: it is for the log's debug level, unless
 * the load fails.
 */
#include "dp_load.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"
#include "strbuf.h"
#include "xvs/fixed.h"

#include "xvs.skel.h"
#include "xvs_trace.skel.h"

/* Of the verifier's log the end tells. */
#define LOG_TAIL_LINES 60

/* libbpf's callback has no argument of ours. Only the datapath thread loads. */
static struct strbuf said;

static int keep_print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	char text[4096];
	va_list copy;
	int n;

	va_copy(copy, args);
	n = vsnprintf(NULL, 0, fmt, copy);
	va_end(copy);
	if (level == LIBBPF_DEBUG || n < 0)
		return 0;
	if ((size_t)n < sizeof(text)) {
		vsnprintf(text, sizeof(text), fmt, args);
		strbuf_add(&said, text);
	} else {
		char *big = malloc((size_t)n + 1);

		if (!big)
			return 0;
		vsnprintf(big, (size_t)n + 1, fmt, args);
		strbuf_add(&said, big);
		free(big);
	}
	return n;
}

/* Lines of what libbpf said; the last 'max' of them. */
static void said_log(enum log_level level, size_t max)
{
	const char *text = strbuf_str(&said), *line = text + strlen(text);
	size_t n = 0;

	while (line > text && n <= max)
		if (*--line == '\n')
			n++;
	while (*line) {
		size_t len;

		line += strncmp(line, "libbpf: ", 8) ? 0 : 8;
		len = strcspn(line, "\n");
		if (len)
			log_line(level, "libbpf", "%.*s", (int)len, line);
		line += len + (line[len] == '\n');
	}
}

static void maps_list(struct dp_objects *o)
{
#define MAP_OF(name) o->map[DP_MAP_##name] = o->skel->maps.name;
	XVS_DECLARED_MAPS(MAP_OF)
#undef MAP_OF
	o->map[DP_MAP_xvs_fixed] = o->skel->maps.bss;
}

/* Sizes for this configuration; a value size that differs from ours says that the
 * object was built from other headers. */
static int maps_resize(struct dp_objects *o, const struct xvs_config *config, struct err *err)
{
	for (int i = 0; i < DP_MAP_N; i++) {
		struct dp_map_size s = dp_map_size(config, (enum dp_map)i);
		int ret;

		if (!dp_map_is_mapped((enum dp_map)i))
			continue;
		if (bpf_map__value_size(o->map[i]) != s.value_size)
			return err_set(err, -EPROTO, XVS_RPC_FAILED, s.name,
				       "map %s: value size %u, not %u: stale BPF object", s.name,
				       bpf_map__value_size(o->map[i]), s.value_size);
		/* The kernel maps no array writable that programs may only read. The
		 * flag is for the verifier, which has proved by it, in the tests, that
		 * the programs do not write [I1]. */
		ret = bpf_map__set_map_flags(o->map[i],
					     bpf_map__map_flags(o->map[i]) & ~BPF_F_RDONLY_PROG);
		ret = ret ? ret : bpf_map__set_max_entries(o->map[i], s.max_entries);
		if (ret)
			return err_set(err, ret, XVS_RPC_FAILED, s.name, "map %s: %s", s.name,
				       strerror(-ret));
	}
	return 0;
}

/* The verifier's reason: the line before its summary. */
static void said_reason(char *reason, size_t size, int errnum)
{
	const char *text = strbuf_str(&said), *end = strstr(text, "\nprocessed "), *line = end;

	while (line && line > text && line[-1] != '\n')
		line--;
	if (end)
		snprintf(reason, size, "%.*s", (int)(end - line), line);
	else
		snprintf(reason, size, "%s", strerror(-errnum));
}

static int load_refused(int ret, struct err *err)
{
	char reason[256];

	said_log(LOG_LVL_ERR, LOG_TAIL_LINES);
	said_reason(reason, sizeof(reason), ret);
	err_set(err, ret, ret == -EPERM ? XVS_RPC_PERMISSION : XVS_RPC_FAILED, "",
		"datapath: the kernel refuses the BPF programs: %s", reason);
	err_hint(err, "the log of xvsd has more of it");
	return ret;
}

int dp_objects_load(struct dp_objects *o, const struct xvs_config *config, struct err *err)
{
	libbpf_print_fn_t old = libbpf_set_print(keep_print);
	int ret;

	strbuf_init(&said);
	o->skel = xvs_bpf__open();
	if (!o->skel) {
		ret = load_refused(-errno, err);
		goto out;
	}
	maps_list(o);
	ret = maps_resize(o, config, err);
	if (ret)
		goto out;
	memcpy((void *)&o->skel->rodata->xvs_config, config, sizeof(*config));
	ret = xvs_bpf__load(o->skel);
	if (ret) {
		load_refused(ret, err);
		goto out;
	}
	said_log(LOG_LVL_DEBUG, SIZE_MAX);
	o->xdp_prog_fd = bpf_program__fd(o->skel->progs.xvs_xdp_rx);
	o->tc_prog_fd = bpf_program__fd(o->skel->progs.xvs_tc_ingress);
	o->egress_prog_fd = bpf_program__fd(o->skel->progs.xvs_tc_egress);
out:
	strbuf_fini(&said);
	libbpf_set_print(old);
	if (ret)
		dp_objects_close(o);
	return ret;
}

static int map_id(const struct bpf_map *map, __u32 *id)
{
	struct bpf_map_info info = {0};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &len))
		return -errno;
	*id = info.id;
	return 0;
}

static int trace_configure(struct dp_objects *o, const struct xvs_config *config)
{
	struct xvs_trace_bpf *t = o->trace;
	struct stat netns;
	__u32 devmap_id = 0, xsks_id = 0;
	int err = map_id(o->map[DP_MAP_xvs_devmap], &devmap_id);

	err = err ? err : map_id(o->map[DP_MAP_xvs_xsks], &xsks_id);
	if (err)
		return err;
	if (stat("/proc/thread-self/ns/net", &netns))
		return -errno;
	t->rodata->xvs_devmap_id = devmap_id;
	t->rodata->xvs_xsks_id = xsks_id;
	t->rodata->xvs_netns_inum = (__u32)netns.st_ino;
	t->rodata->xvs_cpu_lanes = config->cpu_lanes;
	err = bpf_map__reuse_fd(t->maps.xvs_drops, bpf_map__fd(o->map[DP_MAP_xvs_drops]));
	err = err ? err
		  : bpf_map__reuse_fd(t->maps.xvs_scratch, bpf_map__fd(o->map[DP_MAP_xvs_scratch]));
	return err ? err : bpf_map__reuse_fd(t->maps.bss, bpf_map__fd(o->map[DP_MAP_xvs_fixed]));
}

int dp_objects_trace(struct dp_objects *o, const struct xvs_config *config)
{
	libbpf_print_fn_t old = libbpf_set_print(keep_print);
	int err;

	strbuf_init(&said);
	o->trace = xvs_trace_bpf__open();
	err = o->trace ? trace_configure(o, config) : -errno;
	err = err ? err : xvs_trace_bpf__load(o->trace);
	err = err ? err : xvs_trace_bpf__attach(o->trace);
	said_log(LOG_LVL_DEBUG, SIZE_MAX);
	strbuf_fini(&said);
	libbpf_set_print(old);
	if (err) {
		xvs_trace_bpf__destroy(o->trace);
		o->trace = NULL;
	}
	return err;
}

void dp_objects_close(struct dp_objects *o)
{
	xvs_trace_bpf__destroy(o->trace);
	xvs_bpf__destroy(o->skel);
	o->trace = NULL;
	o->skel = NULL;
}
