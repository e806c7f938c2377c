// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Dry runs: what every provider has in common. The cookie is in force while a
 * program runs and no longer; what it recorded is copied out, so that the next
 * run may begin. How a program is run is the provider's.
 */
#include "dp_private.h"

#include <errno.h>
#include <string.h>

#define MACS_LEN 12
#define TAG_LEN 4

/* Flags are one 16-bit word, of which programs take one look. */
static void set_may_be_marked(struct dp *dp, __u16 port_no, bool may)
{
	struct xvs_port_entry *port = &dp->t.ports[port_no];
	__u16 flag = XVS_PORT_F_DRY_RUN;

	XVS_WRITE_ONCE(port->flags, (__u16)(may ? port->flags | flag : port->flags & ~flag));
}

/* One hook's program; its record is in dp->t.dry_run. */
static int run_hook(struct dp *dp, const struct dp_test_run *in, enum xvs_hook hook,
		    const struct xvs_dry_run *hint)
{
	__u64 cookie = dp_random();
	int err;

	memset(dp->t.dry_run, 0, sizeof(*dp->t.dry_run));
	__atomic_store_n(&dp->t.control->dry_run_cookie, cookie ? cookie : 1, __ATOMIC_SEQ_CST);
	set_may_be_marked(dp, in->port_no, true);
	err = dp->ops->test_run(dp, in, hook, hint);
	set_may_be_marked(dp, in->port_no, false);
	__atomic_store_n(&dp->t.control->dry_run_cookie, 0, __ATOMIC_SEQ_CST);
	return err;
}

/* The tag goes back behind the addresses. */
static void put_tag(struct xvs_dry_run_output *out)
{
	const __be16 tag[2] = {out->vlan_tpid, XVS_BE16(out->vlan_tci)};

	if (!out->vlan_tpid || out->len < MACS_LEN)
		return;
	memmove(out->frame + MACS_LEN + TAG_LEN, out->frame + MACS_LEN,
		sizeof(out->frame) - MACS_LEN - TAG_LEN);
	memcpy(out->frame + MACS_LEN, tag, TAG_LEN);
	out->len += TAG_LEN;
	out->vlan_tpid = 0;
	out->vlan_tci = 0;
}

int dp_test_run(struct dp *dp, const struct dp_test_run *in, struct dp_test_result *out)
{
	const struct xvs_port_entry *port;
	int err;

	if (!dp->ops->test_run)
		return -EOPNOTSUPP;
	if (!in->port_no || in->port_no >= XVS_MAX_PORTS)
		return -ENODEV;
	port = &dp->t.ports[in->port_no];
	if (!port->ifindex || port->hook == XVS_HOOK_NONE || port->hook == XVS_HOOK_USER)
		return -ENODEV;
	if (in->len > DP_TEST_RUN_MAX_LEN)
		return -EMSGSIZE;

	out->hook = (enum xvs_hook)port->hook;
	out->handed_up = false;
	err = run_hook(dp, in, out->hook, NULL);
	out->run = *dp->t.dry_run;
	if (!err && out->run.end == XVS_DRY_RUN_HANDED_UP) {
		out->hook = XVS_HOOK_TC;
		out->handed_up = true;
		err = run_hook(dp, in, out->hook, &out->run);
		out->run = *dp->t.dry_run;
	}
	for (__u32 i = 0; i < out->run.n_outputs && i < XVS_DRY_RUN_OUTPUTS; i++)
		put_tag(&out->run.output[i]);
	return err;
}
