/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fast path's part of a trace as JSON:
 *
 *   "hook"        "xdp", "tc": who disposed of the packet; null: not asked
 *   "handed_up"   true: by XDP to TC
 *   "result"      "hit", "drop", "miss", "host" (the host's own stack takes it),
 *                 "unknown" (taken for no port's packet), "none" (not asked)
 *   "slot"        of the (last) megaflow, as in `cache show`; null: none
 *   "lookups"     [{"recirc_id", "slot", "by": "megaflow"|"microflow"
 *                 (a hint)|"handover" (by XDP to TC)|null, "subtables_probed"}],
 *                 one a pass
 *   "outputs"     [{"port"|"controller"|"stack", "bytes", "frame": hex}]
 *   "meters"      [{"slot", "exceeded"}]
 *   "drop_reason" null: not dropped
 *   "agrees"      with the translation; null: nobody can say
 *   "reason"      why not asked, not decided, or not agreed; else null
 *   "nearest"     fields of the frame that was run, where none has the packet's;
 *                 else null
 */
#ifndef CONTROL_RPC_FAST_PATH_H
#define CONTROL_RPC_FAST_PATH_H

#include <jansson.h>

#include "model_trace.h"

/* What was asked about 'key'. A new reference; NULL: out of memory. */
json_t *rpc_fast_path(const struct model_fast_path *fp, const struct flow_key *key,
		      const struct port_names *names);

#endif /* CONTROL_RPC_FAST_PATH_H */
