// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * SpoofGuard in a translation: the first thing that a packet meets behind its port.
 */
#include "xlate_private.h"

bool xlate_is_spoofed(struct xlate_ctx *ctx, const struct sw_port *in)
{
	struct flow_key key, wc = {0}, before = ctx->out->mask, added;
	const char *what;

	xlate_key(ctx, &key);
	what = spoof_guard_judge(&in->guard, &key, &wc);
	xlate_unwildcard(ctx, &wc);
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		added.w[i] = ctx->out->mask.w[i] & ~before.w[i];
	xlate_trace_mask(ctx->trace, "SpoofGuard un-wildcards", &added, &ctx->out->mask);
	ctx->told = ctx->out->mask;
	if (!what)
		return false;
	xlate_trace_add(ctx->trace, "SpoofGuard: the %s is none of port %s: drop", what, in->name);
	xlate_skip(ctx, XVS_DROP_SPOOF_GUARD);
	return true;
}
