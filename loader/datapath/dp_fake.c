// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The datapath in plain memory: for tests of the writer and of what stands above
 * it, and for the fast path's steps compiled for user space. No privileges.
 *
 * No program reads its tables, so that a grace period is over when dp_grace_end()
 * has asked and waited for the readers, if there are any.
 */
#include "dp_fake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dp_private.h"
#include "dp_sizes.h"
#include "dp_upcall.h"
#include "xvs/xsk.h"

struct fake_upcall {
	struct fake_upcall *next;
	size_t size;
	struct xvs_upcall *record;
};

struct dp_fake {
	struct dp dp; /* first: the interface's pointer is ours */
	void *memory[DP_MAP_N];
	__u8 hook[XVS_MAX_PORTS];
	__u32 devmap[XVS_MAX_PORTS];
	int xsk_next[XVS_MAX_PORTS * XVS_XSK_QUEUES]; /* the socket + 1; 0: none */
	struct fake_upcall *first, **last;
};

static struct dp_fake *fake_of(const struct dp *dp)
{
	return (struct dp_fake *)(uintptr_t)dp;
}

static struct fake_upcall *upcall_pop(struct dp_fake *f)
{
	struct fake_upcall *u = f->first;

	if (u)
		f->first = u->next;
	if (!f->first)
		f->last = &f->first;
	return u;
}

static void upcall_free(struct fake_upcall *u)
{
	free(u->record);
	free(u);
}

static void fake_close(struct dp *dp)
{
	struct dp_fake *f = fake_of(dp);
	struct fake_upcall *u;

	while ((u = upcall_pop(f)))
		upcall_free(u);
	dp_fini(dp);
	for (int i = 0; i < DP_MAP_N; i++)
		free(f->memory[i]);
	free(f);
}

static int fake_attach(struct dp *dp, __u16 port_no, int ifindex, enum xvs_hook hook,
		       struct err *err)
{
	fake_of(dp)->hook[port_no] = (__u8)hook;
	return 0;
}

static void fake_detach(struct dp *dp, __u16 port_no)
{
	fake_of(dp)->hook[port_no] = XVS_HOOK_NONE;
}

static int fake_devmap_set(struct dp *dp, __u16 port_no, __u32 ifindex)
{
	fake_of(dp)->devmap[port_no] = ifindex;
	return 0;
}

static int fake_rx_socket_set(struct dp *dp, __u32 key, int fd)
{
	fake_of(dp)->xsk_next[key] = fd < 0 ? 0 : fd + 1;
	return 0;
}

static void fake_memory(const struct dp *dp, struct dp_memory *out)
{
	dp_sizes_sum(&dp->config, out);
}

static void fake_grace_start(struct dp *dp)
{
}

static bool fake_grace_over(struct dp *dp)
{
	dp_readers_wait();
	return true;
}

static int fake_no_fd(const struct dp *dp)
{
	return -1;
}

static int fake_upcall_consume(struct dp *dp, int max, dp_upcall_fn fn, void *aux)
{
	struct fake_upcall *u;
	int n = 0;

	while (n < max && (u = upcall_pop(fake_of(dp)))) {
		if (dp_upcall_check(dp, u->record, u->size)) {
			fn(aux, u->record, u->size);
			n++;
		}
		upcall_free(u);
	}
	return n;
}

static const struct dp_ops fake_ops = {
	.close = fake_close,
	.attach = fake_attach,
	.detach = fake_detach,
	.devmap_set = fake_devmap_set,
	.rx_socket_set = fake_rx_socket_set,
	.memory = fake_memory,
	.grace_start = fake_grace_start,
	.grace_over = fake_grace_over,
	.grace_fd = fake_no_fd,
	.upcall_fd = fake_no_fd,
	.upcall_consume = fake_upcall_consume,
};

static int fake_alloc(struct dp_fake *f)
{
	for (int i = 0; i < DP_MAP_N; i++) {
		struct dp_map_size s = dp_map_size(&f->dp.config, (enum dp_map)i);
		/* Lines as in a map; aligned_alloc wants whole ones. */
		size_t size = ((size_t)s.value_size * s.max_entries + 63) & ~(size_t)63;

		f->memory[i] = aligned_alloc(64, size);
		if (!f->memory[i])
			return -ENOMEM;
		memset(f->memory[i], 0, size);
		dp_tables_set(&f->dp.t, (enum dp_map)i, f->memory[i]);
	}
	return 0;
}

int dp_open_fake(const struct dp_options *opt, unsigned int cpu_lanes, struct dp **out)
{
	struct dp_fake *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	f->last = &f->first;
	f->dp.ops = &fake_ops;
	strcpy(f->dp.features.kernel, "none");
	f->dp.features.possible_cpus = cpu_lanes;
	err = dp_shape_config(&f->dp.config, opt, cpu_lanes);
	err = err ? err : fake_alloc(f);
	err = err ? err : dp_init(&f->dp);
	if (err) {
		fake_close(&f->dp);
		return err;
	}
	*out = &f->dp;
	return 0;
}

int dp_fake_upcall(struct dp *dp, const struct xvs_upcall *upcall, size_t size)
{
	struct dp_fake *f = fake_of(dp);
	struct fake_upcall *u = calloc(1, sizeof(*u));

	if (u)
		u->record = malloc(size);
	if (!u || !u->record) {
		free(u);
		return -ENOMEM;
	}
	memcpy(u->record, upcall, size);
	u->size = size;
	*f->last = u;
	f->last = &u->next;
	return 0;
}

enum xvs_hook dp_fake_hook(const struct dp *dp, __u16 port_no)
{
	return (enum xvs_hook)fake_of(dp)->hook[port_no];
}

__u32 dp_fake_devmap(const struct dp *dp, __u16 port_no)
{
	return fake_of(dp)->devmap[port_no];
}

int dp_fake_xsk(const struct dp *dp, __u16 port_no, __u32 queue)
{
	return fake_of(dp)->xsk_next[xvs_xsk_key(port_no, queue)] - 1;
}
