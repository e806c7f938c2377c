// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Results for people; see view.h.
 */
#include "view.h"

#include <string.h>

#include "view_ct.h"
#include "view_group.h"
#include "view_monitor.h"
#include "view_policy.h"
#include "view_private.h"
#include "view_trace.h"

static const struct column switch_columns[] = {
	{"SWITCH", "name", 0},
	{"RULES", "rules", COLUMN_RIGHT},
	{"FDB", "fdb_entries", COLUMN_RIGHT},
	{"PORTS", "ports", 0},
	{0},
};

static const struct column port_columns[] = {
	{"PORT", "name", 0},
	{"NO", "port_no", COLUMN_RIGHT},
	{"TYPE", "type", 0},
	{"HOOK", "hook", 0},
	{"MODE", "mode", COLUMN_IF_ANY},
	{"COPY", "copy", COLUMN_IF_ANY},
	{"STATE", "state", 0},
	{"TAG", "tag", COLUMN_RIGHT | COLUMN_IF_ANY},
	{"TRUNKS", "trunks", 0},
	{"PEER", "peer", COLUMN_IF_ANY},
	{"QUEUES", "queues", COLUMN_RIGHT | COLUMN_IF_ANY},
	{"BOUND", "queues_bound", COLUMN_RIGHT | COLUMN_IF_ANY},
	{"CONSUMER", "consumer", COLUMN_RIGHT | COLUMN_IF_ANY},
	{"SOCKET", "socket", COLUMN_IF_ANY | COLUMN_STATS},
	{"PIN", "pin", COLUMN_IF_ANY | COLUMN_STATS},
	{"RX_PACKETS", "rx_packets", COLUMN_RIGHT | COLUMN_STATS},
	{"TX_PACKETS", "tx_packets", COLUMN_RIGHT | COLUMN_STATS},
	{"RX_BYTES", "rx_bytes", COLUMN_RIGHT | COLUMN_STATS},
	{"TX_BYTES", "tx_bytes", COLUMN_RIGHT | COLUMN_STATS},
	{"DROPS", "drops", COLUMN_RIGHT | COLUMN_STATS},
	{"ADDRESSES", "addresses", COLUMN_IF_ANY | COLUMN_STATS},
	{"TAGS", "policy_tags", COLUMN_IF_ANY | COLUMN_STATS},
	{"CHANGED", "changed", COLUMN_IF_ANY},
	{"REASON", "reason", COLUMN_IF_ANY},
	{0},
};

static const struct column fdb_columns[] = {
	{"VLAN", "vlan", COLUMN_RIGHT},   {"MAC", "mac", 0},       {"PORT", "port", 0},
	{"AGE_S", "age_s", COLUMN_RIGHT}, {"STATIC", "static", 0}, {0},
};

static const struct column drop_columns[] = {
	{"PORT", "port", 0},
	{"REASON", "reason", 0},
	{"PACKETS", "packets", COLUMN_RIGHT},
	{0},
};

static const struct column mirror_columns[] = {
	{"MIRROR", "name", 0},
	{"ALL", "select_all", 0},
	{"SRC_PORTS", "select_src_port", 0},
	{"DST_PORTS", "select_dst_port", 0},
	{"VLANS", "select_vlan", 0},
	{"OUTPUT_PORT", "output_port", 0},
	{"OUTPUT_VLAN", "output_vlan", COLUMN_RIGHT},
	{"TX_PACKETS", "tx_packets", COLUMN_RIGHT | COLUMN_STATS},
	{"TX_BYTES", "tx_bytes", COLUMN_RIGHT | COLUMN_STATS},
	{0},
};

static const char *on_off(const json_t *o, const char *member)
{
	return json_is_true(json_object_get(o, member)) ? "on" : "off";
}

static void view_timeout(struct strbuf *out, const json_t *f, const char *name)
{
	if (number_of(f, name))
		strbuf_printf(out, "%s=%lld, ", name, number_of(f, name));
}

/* One rule in the syntax that `flow replace` reads; it skips the statistics. */
static void view_flow(struct strbuf *out, const json_t *f, bool stats)
{
	const char *match = text_of(f, "match");
	const char *cookie = text_of(f, "cookie");

	if (strcmp(cookie, "0x0") && cookie[0]) {
		strbuf_add(out, "cookie=");
		output_escaped(out, cookie);
		strbuf_add(out, ", ");
	}
	if (stats)
		strbuf_printf(out, "duration=%llds, ", number_of(f, "age_s"));
	strbuf_printf(out, "table=%lld, ", number_of(f, "table"));
	if (stats)
		strbuf_printf(out, "n_packets=%lld, n_bytes=%lld, idle_age=%lld, ",
			      number_of(f, "packets"), number_of(f, "bytes"),
			      number_of(f, "idle_s"));
	view_timeout(out, f, "idle_timeout");
	view_timeout(out, f, "hard_timeout");
	strbuf_printf(out, "priority=%lld", number_of(f, "priority"));
	if (match[0]) {
		strbuf_addc(out, ',');
		output_escaped(out, match);
	}
	strbuf_add(out, " actions=");
	output_escaped(out, text_of(f, "actions"));
	strbuf_addc(out, '\n');
}

static void view_flows(struct strbuf *out, const json_t *list, bool stats)
{
	json_t *f;
	size_t i;

	json_array_foreach (list, i, f)
		view_flow(out, f, stats);
}

static void view_megaflow(struct strbuf *out, const json_t *f, bool stats)
{
	const json_t *used = json_object_get(f, "used_ms");

	output_escaped(out, text_of(f, "match"));
	if (stats) {
		strbuf_printf(out, " packets=%lld bytes=%lld", number_of(f, "packets"),
			      number_of(f, "bytes"));
		if (json_is_integer(used))
			strbuf_printf(out, " used=%.3fs", (double)json_integer_value(used) / 1000);
		else
			strbuf_add(out, " used=never");
	}
	strbuf_add(out, " actions=");
	output_escaped(out, text_of(f, "actions"));
	view_reason(out, text_of(f, "reason"));
	strbuf_addc(out, '\n');
}

static void view_megaflows(struct strbuf *out, const json_t *list, bool stats)
{
	json_t *f;
	size_t i;

	json_array_foreach (list, i, f)
		view_megaflow(out, f, stats);
}

static void view_cache_stats(struct strbuf *out, const json_t *r)
{
	const json_t *micro = json_object_get(r, "microflow");
	const json_t *mega = json_object_get(r, "megaflow");
	const json_t *upcalls = json_object_get(r, "upcalls");

	output_pair(out, "switch", "%s", text_of(r, "switch"));
	output_pair(out, "megaflows", "%lld of %lld", number_of(r, "megaflows"),
		    number_of(r, "megaflow_limit"));
	if (number_of(r, "megaflow_limit_in_force") < number_of(r, "megaflow_limit"))
		output_pair(out, "limit in force", "%lld, as a sweep takes %lld us of CPU",
			    number_of(r, "megaflow_limit_in_force"), number_of(r, "sweep_us"));
	output_pair(out, "subtables", "%lld of %lld", number_of(r, "subtables"),
		    number_of(r, "subtable_limit"));
	output_pair(out, "mask level", "%s", text_of(r, "mask_level"));
	output_pair(out, "microflow", "%s, %lld hits, %lld misses", on_off(micro, "enabled"),
		    number_of(micro, "hits"), number_of(micro, "misses"));
	output_pair(out, "megaflow", "%s, %lld hits, %lld misses, %lld subtables probed",
		    on_off(mega, "enabled"), number_of(mega, "hits"), number_of(mega, "misses"),
		    number_of(mega, "subtables_probed"));
	output_pair(out, "upcalls", "%lld received, %lld handled, %lld refused",
		    number_of(upcalls, "received"), number_of(upcalls, "handled"),
		    number_of(upcalls, "refused"));
	output_pair(out, "installed", "%lld, %lld removed, %lld judged again",
		    number_of(r, "installed_total"), number_of(r, "removed_total"),
		    number_of(r, "revalidated_total"));
}

static void view_classifier(struct strbuf *out, const json_t *r)
{
	output_pair(out, "switch", "%s", text_of(r, "switch"));
	output_pair(out, "rules", "%lld", number_of(r, "rules"));
	output_pair(out, "tree", "%lld nodes, %lld subtables, %lld buckets", number_of(r, "nodes"),
		    number_of(r, "subtables"), number_of(r, "buckets"));
	output_pair(out, "memory", "%.1f KiB without the rules",
		    (double)number_of(r, "bytes") / 1024);
	output_pair(out, "priority-sort", "%s", on_off(r, "priority_sort"));
	output_pair(out, "staged", "%s", on_off(r, "staged"));
	output_pair(out, "prefix", "%s", on_off(r, "prefix"));
}

static void view_admission(struct strbuf *out, const json_t *r)
{
	const json_t *waiting = json_object_get(r, "waiting"), *port;
	size_t i;

	output_pair(out, "packets", "%lld/s, burst %lld: of a port (0: no limit)",
		    number_of(r, "pkts_per_s"), number_of(r, "burst_pkts"));
	output_pair(out, "bytes", "%lld KiB/s, burst %lld KiB: of a port",
		    number_of(r, "kbytes_per_s"), number_of(r, "burst_kbytes"));
	output_pair(out, "allowance", "%lld packets of a flow on their way up",
		    number_of(r, "allowance"));
	output_pair(out, "queue", "%lld packets of a port in the daemon", number_of(r, "queue"));
	output_pair(out, "waiting", "%lld packets, %.1f of %.0f MiB; %lld found no room",
		    number_of(waiting, "packets"), (double)number_of(waiting, "bytes") / 1048576,
		    (double)number_of(waiting, "bytes_limit") / 1048576,
		    number_of(waiting, "refused"));
	json_array_foreach (json_object_get(r, "ports"), i, port)
		output_pair(out, i ? "" : "own limits", "%s %s: %lld/s, burst %lld",
			    text_of(port, "switch"), text_of(port, "port"),
			    number_of(port, "pkts_per_s"), number_of(port, "burst_pkts"));
}

static void view_features(struct strbuf *out, const json_t *kernel)
{
	static const char *const names[] = {"tcx", "membarrier", "redirect_trace", "jit"};
	struct strbuf b;

	strbuf_init(&b);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		strbuf_printf(&b, "%s%s %s", i ? ", " : "", names[i],
			      json_is_true(json_object_get(kernel, names[i])) ? "yes" : "no");
	output_pair(out, "kernel", "%s (%s)", text_of(kernel, "release"), strbuf_str(&b));
	strbuf_fini(&b);
}

/* What the pins tell while no daemon runs. */
static void view_pins(struct strbuf *out, const json_t *pins)
{
	output_pair(out, "daemon", "not running");
	output_pair(out, "pins", "%lld maps, %lld XDP links, %lld TC links in %s",
		    number_of(pins, "maps"), number_of(pins, "xdp_links"),
		    number_of(pins, "tc_links"), text_of(pins, "directory"));
	if (number_of(pins, "xdp_links") + number_of(pins, "tc_links"))
		output_pair(out, "", "known flows go on; nothing learns or changes");
}

static void view_status(struct strbuf *out, const json_t *r)
{
	const json_t *daemon = json_object_get(r, "daemon");
	const json_t *hooks = json_object_get(r, "hooks");
	const json_t *limits = json_object_get(r, "limits");
	const json_t *memory = json_object_get(r, "memory");
	const json_t *adm = json_object_get(r, "admission");
	const json_t *sw;
	size_t i;

	if (!json_is_true(json_object_get(daemon, "running"))) {
		view_pins(out, json_object_get(r, "pins"));
		return;
	}
	output_pair(out, "daemon", "xvsd %s, pid %lld, up %lld s", text_of(daemon, "version"),
		    number_of(daemon, "pid"), number_of(daemon, "uptime_s"));
	view_features(out, json_object_get(r, "kernel"));
	json_array_foreach (json_object_get(r, "switches"), i, sw)
		output_pair(out, i ? "" : "switches", "%s: %lld ports, %lld rules",
			    text_of(sw, "name"), number_of(sw, "ports"), number_of(sw, "rules"));
	output_pair(out, "ports by hook", "xdp %lld, tc %lld, none %lld", number_of(hooks, "xdp"),
		    number_of(hooks, "tc"), number_of(hooks, "none"));
	output_pair(out, "limits",
		    "%lld megaflows, %lld subtables, %lld ports, %lld rules, %lld FDB entries",
		    number_of(limits, "flow_limit"), number_of(limits, "subtables"),
		    number_of(limits, "ports"), number_of(limits, "rules"),
		    number_of(limits, "fdb"));
	output_pair(out, "connections", "%lld of %lld", number_of(r, "connections"),
		    number_of(limits, "connections"));
	output_pair(out, "memory",
		    "%.1f MiB: %.1f fixed (%.1f of it connections), %.2f for each of %lld CPUs",
		    (double)number_of(memory, "total_bytes") / 1048576,
		    (double)number_of(memory, "fixed_bytes") / 1048576,
		    (double)number_of(memory, "ct_bytes") / 1048576,
		    (double)number_of(memory, "per_cpu_bytes") / 1048576,
		    number_of(memory, "cpus"));
	output_pair(out, "admission", "%lld packets/s (burst %lld), %lld KiB/s (burst %lld) a port",
		    number_of(adm, "pkts_per_s"), number_of(adm, "burst_pkts"),
		    number_of(adm, "kbytes_per_s"), number_of(adm, "burst_kbytes"));
}

static void view_changed(struct strbuf *out, const json_t *r)
{
	long long n = number_of(r, "changed");

	strbuf_printf(out, "%lld rule%s\n", n, n == 1 ? "" : "s");
}

static void view_changes(struct strbuf *out, const json_t *r)
{
	long long n = number_of(r, "changes");

	strbuf_printf(out, "%lld change%s\n", n, n == 1 ? "" : "s");
}

static void view_removed(struct strbuf *out, const json_t *r)
{
	strbuf_printf(out, "%lld removed\n", number_of(r, "removed"));
}

/* sizes: flat */
void view_result(struct strbuf *out, enum command_view view, const json_t *result, bool stats)
{
	switch (view) {
	case VIEW_NOTHING:
		break;
	case VIEW_SWITCHES:
		output_table(out, switch_columns, result, stats);
		break;
	case VIEW_PORTS:
		output_table(out, port_columns, result, stats);
		break;
	case VIEW_FLOWS:
		view_flows(out, result, stats);
		break;
	case VIEW_FDB:
		output_table(out, fdb_columns, result, stats);
		break;
	case VIEW_MEGAFLOWS:
		view_megaflows(out, result, stats);
		break;
	case VIEW_CACHE_STATS:
		view_cache_stats(out, result);
		break;
	case VIEW_CLASSIFIER:
		view_classifier(out, result);
		break;
	case VIEW_ADMISSION:
		view_admission(out, result);
		break;
	case VIEW_DROPS:
		output_table(out, drop_columns, result, stats);
		break;
	case VIEW_TRACE:
		view_trace(out, result);
		break;
	case VIEW_STATUS:
		view_status(out, result);
		break;
	case VIEW_CHANGED:
		view_changed(out, result);
		break;
	case VIEW_PACKETS:
		view_packets(out, result);
		break;
	case VIEW_CHANGES:
		view_changes(out, result);
		break;
	case VIEW_REMOVED:
		view_removed(out, result);
		break;
	case VIEW_GROUPS:
		view_groups(out, result, stats);
		break;
	case VIEW_METERS:
		view_meters(out, result, stats);
		break;
	case VIEW_CONNECTIONS:
		view_connections(out, result, stats);
		break;
	case VIEW_FLUSHED:
		strbuf_printf(out, "%lld ended\n", number_of(result, "flushed"));
		break;
	case VIEW_CT_STATS:
		view_ct_stats(out, result);
		break;
	case VIEW_CT_TIMEOUTS:
		view_ct_timeouts(out, result);
		break;
	case VIEW_POLICY:
		view_policy(out, result, stats);
		break;
	case VIEW_POLICY_OBJECTS:
		view_policy_objects(out, result, stats);
		break;
	case VIEW_POLICY_LOG:
		view_policy_log(out, result);
		break;
	case VIEW_MIRRORS:
		output_table(out, mirror_columns, result, stats);
		break;
	}
}
