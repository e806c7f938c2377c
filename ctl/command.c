// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The one command table; see command.h.
 */
#include "command.h"

#include <string.h>

#include "xvs/conntrack.h"

const struct command_option global_options[] = {
	{"-j", NULL, "JSON: one document on standard output, errors included"},
	{"-p", NULL, "JSON, indented"},
	{"-s", NULL, "with statistics (JSON always has them)"},
	{"-q", NULL, "print nothing when all went well"},
	{"-t", "SEC", "give up after so many seconds (60)"},
	{"-S", "SOCKET", "the daemon's socket ($XVS_RUNDIR/xvsd.sock)"},
	{0},
};

static const struct command_option attach_options[] = {
	{"--host", NULL,
	 "put the switch between the devices and the host that uses them: port IFACE-host, joined "
	 "to IFACE by two rules"},
	{0},
};

/* Of these the first are not for port set. */
#define PORT_ADD_ONLY 6
static const struct command_option port_add_options[] = {
	{"type", "netdev|internal|patch|xsk|vhost-user|host",
	 "a device that is there (NIC, veth, tap), one for the host itself, a wire to a switch, "
	 "AF_XDP sockets for another program, a guest's rings, or the host behind its NIC"},
	{"device", "PORT", "of a host port: the port of the NIC that the host goes on using"},
	{"queues", "N", "of an xsk port: queues, each with a socket; vhost-user: queue pairs (1)"},
	{"owner", "USER[:GROUP]",
	 "of an xsk or vhost-user port: who may connect to its socket (root)"},
	{"path", "FILE", "vhost-user: the socket that the guest's virtio-net device uses"},
	{"client", "on|off", "vhost-user: the guest has made the socket (off: xvsd makes it)"},
	{"peer", "PORT", "of a patch port: its other end"},
	{"fail", "open|closed",
	 "of a host port: what passes when no daemon answers is everything (open), or what is "
	 "cached"},
	{"hook", "auto|xdp|tc", "where the program is: auto takes xdp for NICs, tc for guests"},
	{"tag", "N|none", "access port of VLAN N: frames enter and leave without a tag"},
	{"trunks", "A,B", "trunk port of these VLANs (ranges A-B, all; 0 is untagged)"},
	{"mode", "mux|upt|auto",
	 "vhost-user: by the threads that ports share, or by a thread and a queue of its own"},
	{"uplink", "PORT", "mode=upt: the port whose queue becomes the guest's"},
	{"queue", "N", "mode=upt: which queue"},
	{"mac", "MAC", "mode=upt: the guest's address, by which the NIC steers to the queue"},
	{"steered", "on|off", "mode=upt: something else steers, xvs need not ask the NIC"},
	{"flood", "on|off", "whether NORMAL floods to the port"},
	{"blocked", "on|off", "a blocked port drops what comes in and what goes out"},
	{"upcall-rate", "N|default", "packets a second that it may send up (0: no limit)"},
	{"upcall-burst", "N|default", "packets at once (0: what comes in a second)"},
	{"addresses", "A,B|none", "MACs, IPv4 and IPv6 addresses and prefixes of who is behind it"},
	{"spoof-guard", "on|off", "drop what comes in from any other address, ARP and ND included"},
	{"policy-tags", "A,B|none", "words by which groups of the policy know the port"},
	{0},
};

static const struct command_option flow_add_options[] = {
	{"check_overlap", NULL, "refuse if a rule of equal priority shares a packet with it"},
	{0},
};

static const struct command_option strict_options[] = {
	{"--strict", NULL, "only the rule of exactly this match and priority"},
	{0},
};

static const struct command_option vlan_options[] = {
	{"vlan", "N", "the VLAN of the address (0: untagged)"},
	{0},
};

static const struct command_option mirror_options[] = {
	{"select_all", NULL, "every packet, whatever its ports"},
	{"select_src_port", "A,B", "packets that come in at these ports"},
	{"select_dst_port", "A,B", "packets that go out at these ports"},
	{"select_vlan", "A,B", "of those, only packets of these VLANs (ranges A-B; 0: untagged)"},
	{"output_port", "PORT", "copies go to this port, which gets nothing else"},
	{"output_vlan", "N", "copies are flooded in VLAN N"},
	{0},
};

static const struct command_option monitor_options[] = {
	{"count", "N", "end after so many packets"},
	{0},
};

static const struct command_option policy_log_options[] = {
	{"count", "N", "the last so many"},
	{0},
};

static const struct command_option cache_set_options[] = {
	{"micro", "on|off", "use microflow hints"},
	{"mega", "on|off", "off: every flow is cached with its full mask"},
	{"limit", "N", "megaflows at most"},
	{0},
};

static const struct command_option admission_set_options[] = {
	{"rate", "PKTS", "packets a second that a port may send up (0: no limit)"},
	{"burst", "PKTS", "packets at once (0: what comes in a second)"},
	{"byte-rate", "KIB", "KiB a second that a port may send up (0: no limit)"},
	{"byte-burst", "KIB", "KiB at once (0: what comes in a second)"},
	{"allowance", "N", "packets of one flow that may be on their way up"},
	{"queue", "N", "packets of one port that may wait in the daemon"},
	{0},
};

static const struct command_option classifier_set_options[] = {
	{"priority-sort", "on|off", "end a search where no higher priority can follow"},
	{"staged", "on|off", "look a rule up stage by stage: metadata, L2, L3, L4"},
	{"prefix", "on|off", "track the prefixes of addresses and ports that rules have"},
	{0},
};

/* Of these the first is not for ct flush. */
#define CT_SHOW_ONLY 1
static const struct command_option ct_show_options[] = {
	{"count", "N", "at most so many (100000)"},
	{"zone", "N", "of this zone"},
	{"proto", "PROTO", "tcp, udp, icmp, icmpv6, sctp, ... or a number"},
	{"src", "ADDRESS[/LEN]", "from there, as the first packet says"},
	{"dst", "ADDRESS[/LEN]", "to there, as the first packet says"},
	{"sport", "N", "from that port; ICMP: of that identifier"},
	{"dport", "N", "to that port"},
	{"state", "A,B", "in one of these states: established, syn_sent, ..."},
	{"mark", "VALUE[/MASK]", "with this mark"},
	{"rule", "N", "that this rule of the policy let in"},
	{0},
};

static const struct command_option ct_set_options[] = {
	{"zone", "N", "of this zone (0)"},
	{"max", "N", "connections at most (0: what the table holds)"},
	{"max-half-open", "N", "of those, not answered yet (0: a quarter of the table)"},
	{"window-check", "on|off", "TCP outside of the windows is invalid"},
	{"pick-up", "on|off", "TCP whose beginning was not seen is tracked"},
	{"timeouts", "NAME", "how long connections wait: a policy of ct-timeouts"},
	{0},
};

static const struct command_option ct_timeouts_options[] = {
#define CT_TIMEOUT_OPTION(sym, name, seconds) {name, "SECONDS", #seconds " by default"},
	XVS_CT_TIMEOUTS(CT_TIMEOUT_OPTION)
#undef CT_TIMEOUT_OPTION
		{0},
};

#define FREE COMMAND_NO_TEXT

const struct command commands[] = {
	{"attach", NULL, "IFACE...", "start xvsd if needed, make sw0, add the devices to it",
	 COMMAND_ATTACH, VIEW_PORTS, 1, COMMAND_ANY_ARGS, FREE, attach_options},
	{"detach", NULL, "", "undo all of it and stop xvsd", COMMAND_DETACH, VIEW_NOTHING, 0, 0,
	 FREE, NULL},
	{"status", NULL, "", "daemon, kernel, hooks in force, limits, memory", COMMAND_STATUS,
	 VIEW_STATUS, 0, 0, FREE, NULL},

	{"switch", "add", "SW", "make a switch with one rule, priority=0,actions=normal",
	 COMMAND_RPC, VIEW_NOTHING, 1, 1, FREE, NULL},
	{"switch", "del", "SW", "remove a switch and its ports", COMMAND_RPC, VIEW_NOTHING, 1, 1,
	 FREE, NULL},
	{"switch", "show", "[SW]", "the switches", COMMAND_RPC, VIEW_SWITCHES, 0, 1, FREE, NULL},

	{"port", "add", "SW PORT", "add a port, by the name of its device", COMMAND_RPC,
	 VIEW_NOTHING, 2, 2, FREE, port_add_options},
	/* What a port is made of is for its life: not the first options. */
	{"port", "set", "SW PORT", "change a port", COMMAND_RPC, VIEW_NOTHING, 2, 2, FREE,
	 port_add_options + PORT_ADD_ONLY},
	{"port", "del", "SW PORT", "remove a port; its device is as it was before", COMMAND_RPC,
	 VIEW_NOTHING, 2, 2, FREE, NULL},
	{"port", "show", "SW [PORT]", "ports: hook, state, counters", COMMAND_RPC, VIEW_PORTS, 1, 2,
	 FREE, NULL},
	{"port", "exec", "SW PORT COMMAND...",
	 "run a program (its options behind --) with the sockets of an xsk port", COMMAND_PORT_EXEC,
	 VIEW_NOTHING, 3, COMMAND_ANY_ARGS, 2, NULL},

	{"flow", "add", "SW FLOW", "add a rule; one of equal match and priority is replaced",
	 COMMAND_RPC, VIEW_NOTHING, 2, 2, 1, flow_add_options},
	{"flow", "mod", "SW FLOW", "change the actions of the rules that the match covers",
	 COMMAND_RPC, VIEW_CHANGED, 2, 2, 1, strict_options},
	{"flow", "del", "SW [FLOW]", "remove the rules that the match covers", COMMAND_RPC,
	 VIEW_CHANGED, 1, 2, 1, strict_options},
	{"flow", "show", "SW [FLOW]", "rules, in the syntax that flow replace reads", COMMAND_RPC,
	 VIEW_FLOWS, 1, 2, 1, NULL},
	{"flow", "replace", "SW FILE",
	 "all rules become those of FILE (-: standard input), at once", COMMAND_FLOW_REPLACE,
	 VIEW_NOTHING, 2, 2, 1, NULL},

	{"group", "add", "SW GROUP", "add a group, in the syntax of ovs-ofctl", COMMAND_RPC,
	 VIEW_NOTHING, 2, 2, 1, NULL},
	{"group", "mod", "SW GROUP", "the group of that number becomes this one", COMMAND_RPC,
	 VIEW_NOTHING, 2, 2, 1, NULL},
	{"group", "del", "SW [GROUP_ID]", "remove a group that nothing uses, or all", COMMAND_RPC,
	 VIEW_REMOVED, 1, 2, 1, NULL},
	{"group", "show", "SW [GROUP_ID]", "groups, in the syntax that group add reads",
	 COMMAND_RPC, VIEW_GROUPS, 1, 2, 1, NULL},

	{"meter", "add", "SW METER", "add a meter, in the syntax of ovs-ofctl", COMMAND_RPC,
	 VIEW_NOTHING, 2, 2, 1, NULL},
	{"meter", "mod", "SW METER", "the meter of that number becomes this one", COMMAND_RPC,
	 VIEW_NOTHING, 2, 2, 1, NULL},
	{"meter", "del", "SW [METER_ID]", "remove a meter that nothing uses, or all", COMMAND_RPC,
	 VIEW_REMOVED, 1, 2, 1, NULL},
	{"meter", "show", "SW [METER_ID]", "meters, in the syntax that meter add reads",
	 COMMAND_RPC, VIEW_METERS, 1, 2, 1, NULL},

	{"mirror", "add", "SW MIRROR", "copy chosen packets to a port or into a VLAN", COMMAND_RPC,
	 VIEW_NOTHING, 2, 2, FREE, mirror_options},
	{"mirror", "set", "SW MIRROR", "choose anew what is copied, or where to", COMMAND_RPC,
	 VIEW_NOTHING, 2, 2, FREE, mirror_options},
	{"mirror", "del", "SW MIRROR", "remove a mirror", COMMAND_RPC, VIEW_NOTHING, 2, 2, FREE,
	 NULL},
	{"mirror", "show", "SW [MIRROR]", "mirrors, what they choose, their copies", COMMAND_RPC,
	 VIEW_MIRRORS, 1, 2, FREE, NULL},

	{"policy", "show", "SW",
	 "the firewall of a switch, in the syntax that policy replace reads", COMMAND_RPC,
	 VIEW_POLICY, 1, 1, FREE, NULL},
	{"policy", "section", "add|set|del|show SW [NAME] [KEY=VALUE...]",
	 "sections of rules: stateful=, tcp-strict=, on-remove=, before=, after=, position=",
	 COMMAND_RPC, VIEW_POLICY_OBJECTS, 2, COMMAND_ANY_ARGS, 1, NULL},
	{"policy", "rule", "add|set|del|show SW [SECTION|RULE] [KEY=VALUE...]",
	 "rules: action=, from=, to=, service=, direction=, applied-to=, log=, name=, id=, before=",
	 COMMAND_RPC, VIEW_POLICY_OBJECTS, 2, COMMAND_ANY_ARGS, 1, NULL},
	{"policy", "group", "add|set|del|show SW [NAME] [KEY=VALUE...]",
	 "sets for rules: ports=, tags=, addresses=, macs=, groups=, fqdns= (set: += and -=)",
	 COMMAND_RPC, VIEW_POLICY_OBJECTS, 2, COMMAND_ANY_ARGS, 1, NULL},
	{"policy", "service", "add|set|del|show SW [NAME] [KEY=VALUE...]",
	 "protocols and ports by a name: terms=", COMMAND_RPC, VIEW_POLICY_OBJECTS, 2,
	 COMMAND_ANY_ARGS, 1, NULL},
	{"policy", "exclude", "add|del SW PORT,...", "ports that the policy does not apply to",
	 COMMAND_RPC, VIEW_NOTHING, 3, 3, 1, NULL},
	{"policy", "default", "set SW KEY=VALUE...", "the rule behind all others: action=, log=",
	 COMMAND_RPC, VIEW_NOTHING, 3, COMMAND_ANY_ARGS, 1, NULL},
	{"policy", "replace", "SW FILE",
	 "all of the policy becomes that of FILE (-: standard input), at once",
	 COMMAND_POLICY_REPLACE, VIEW_NOTHING, 2, 2, 1, NULL},
	{"policy", "log", "SW", "what rules with log=yes have decided, the last 4,096 packets",
	 COMMAND_RPC, VIEW_POLICY_LOG, 1, 1, FREE, policy_log_options},

	{"fdb", "show", "SW", "learned addresses", COMMAND_RPC, VIEW_FDB, 1, 1, FREE, NULL},
	{"fdb", "add", "SW MAC PORT", "a static address", COMMAND_RPC, VIEW_NOTHING, 3, 3, FREE,
	 vlan_options},
	{"fdb", "del", "SW MAC", "forget an address", COMMAND_RPC, VIEW_NOTHING, 2, 2, FREE,
	 vlan_options},
	{"fdb", "flush", "SW [PORT]", "forget all learned addresses", COMMAND_RPC, VIEW_NOTHING, 1,
	 2, FREE, NULL},

	{"ct", "show", "SW", "connections, of all zones", COMMAND_RPC, VIEW_CONNECTIONS, 1, 1, FREE,
	 ct_show_options},
	{"ct", "flush", "SW", "end the connections that all conditions hold for", COMMAND_RPC,
	 VIEW_FLUSHED, 1, 1, FREE, ct_show_options + CT_SHOW_ONLY},
	{"ct", "stats", "SW", "connections by state, protocol and zone; limits", COMMAND_RPC,
	 VIEW_CT_STATS, 1, 1, FREE, NULL},
	{"ct", "set", "SW", "limits and settings of a zone", COMMAND_RPC, VIEW_NOTHING, 1, 1, FREE,
	 ct_set_options},

	{"ct-timeouts", "show", "[NAME]", "policies of timeouts, in seconds", COMMAND_RPC,
	 VIEW_CT_TIMEOUTS, 0, 1, FREE, NULL},
	{"ct-timeouts", "add", "NAME", "make a policy for zones to have", COMMAND_RPC, VIEW_NOTHING,
	 1, 1, FREE, ct_timeouts_options},
	{"ct-timeouts", "set", "NAME", "change a policy", COMMAND_RPC, VIEW_NOTHING, 1, 1, FREE,
	 ct_timeouts_options},
	{"ct-timeouts", "del", "NAME", "remove a policy that no zone has", COMMAND_RPC,
	 VIEW_NOTHING, 1, 1, FREE, NULL},

	{"cache", "show", "SW", "megaflows, one a line", COMMAND_RPC, VIEW_MEGAFLOWS, 1, 1, FREE,
	 NULL},
	{"cache", "stats", "SW", "hits, misses, upcalls", COMMAND_RPC, VIEW_CACHE_STATS, 1, 1, FREE,
	 NULL},
	{"cache", "set", "SW", "switch levels of the cache on or off, set its limit", COMMAND_RPC,
	 VIEW_NOTHING, 1, 1, FREE, cache_set_options},

	{"admission", "show", "", "how much may go up to the daemon, and what waits there",
	 COMMAND_RPC, VIEW_ADMISSION, 0, 0, FREE, NULL},
	{"admission", "set", "", "set the limits of all ports that have none of their own",
	 COMMAND_RPC, VIEW_NOTHING, 0, 0, FREE, admission_set_options},

	{"classifier", "show", "SW", "size and optimisations of the rules' search structure",
	 COMMAND_RPC, VIEW_CLASSIFIER, 1, 1, FREE, NULL},
	{"classifier", "set", "SW", "switch its optimisations on or off; rules decide as before",
	 COMMAND_RPC, VIEW_NOTHING, 1, 1, FREE, classifier_set_options},

	{"trace", NULL, "SW FLOW", "the way of that packet, rule by rule", COMMAND_RPC, VIEW_TRACE,
	 2, 2, 1, NULL},
	{"batch", NULL, "FILE",
	 "the commands of FILE (-: standard input), one a line: all of them, or none",
	 COMMAND_BATCH, VIEW_CHANGES, 1, 1, FREE, NULL},
	{"monitor", NULL, "SW", "the packets of action controller, as they come", COMMAND_MONITOR,
	 VIEW_PACKETS, 1, 1, FREE, monitor_options},
	{"drops", "show", "SW", "dropped packets by port and reason", COMMAND_RPC, VIEW_DROPS, 1, 1,
	 FREE, NULL},

	{"help", NULL, "[OBJECT]", "this list, or the commands of one object in full", COMMAND_HELP,
	 VIEW_NOTHING, 0, 1, FREE, NULL},
	{"completion", NULL, "", "a script for bash: source <(xvsctl completion)",
	 COMMAND_COMPLETION, VIEW_NOTHING, 0, 0, FREE, NULL},
	{"version", NULL, "", "the version", COMMAND_VERSION, VIEW_NOTHING, 0, 0, FREE, NULL},
	{0},
};

const struct command *command_of_object(const char *object)
{
	for (const struct command *c = commands; c->object; c++)
		if (!strcmp(c->object, object))
			return c;
	return NULL;
}

const struct command *command_find(const char *object, const char *verb)
{
	for (const struct command *c = commands; c->object; c++) {
		if (strcmp(c->object, object))
			continue;
		if (!c->verb || (verb && !strcmp(c->verb, verb)))
			return c;
	}
	return NULL;
}

const struct command_option *command_option_find(const struct command *cmd, const char *name,
						 size_t len)
{
	for (const struct command_option *o = cmd->options; o && o->name; o++)
		if (strlen(o->name) == len && !memcmp(o->name, name, len))
			return o;
	return NULL;
}

bool command_option_is_choice(const struct command_option *option)
{
	/* Placeholders are upper case; a list with one of them is free. */
	for (const char *p = option->value; p && *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			return false;
	return option->value;
}

void command_name(const struct command *cmd, struct strbuf *out)
{
	strbuf_add(out, cmd->object);
	if (cmd->verb)
		strbuf_printf(out, " %s", cmd->verb);
}

void command_usage(const struct command *cmd, struct strbuf *out)
{
	command_name(cmd, out);
	if (cmd->args[0])
		strbuf_printf(out, " %s", cmd->args);
	for (const struct command_option *o = cmd->options; o && o->name; o++)
		strbuf_printf(out, o->value ? " [%s=%s]" : " [%s]", o->name, o->value);
}

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

#define SUGGEST_MAX 24

/* Edits (insert, remove, change, swap of neighbours) from one word to another:
 * the optimal string alignment distance. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int d[SUGGEST_MAX + 1][SUGGEST_MAX + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > SUGGEST_MAX || lb > SUGGEST_MAX)
		return SUGGEST_MAX;
	for (size_t i = 0; i <= la; i++)
		d[i][0] = (unsigned int)i;
	for (size_t j = 0; j <= lb; j++)
		d[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= la; i++) {
		for (size_t j = 1; j <= lb; j++) {
			unsigned int change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1, change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[la][lb];
}

struct nearest {
	const char *word;
	const char *name;
	unsigned int distance;
};

static void consider(struct nearest *n, const char *name)
{
	unsigned int d = distance(n->word, name);

	/* What was begun and not finished is meant. */
	if (n->word[0] && !strncmp(name, n->word, strlen(n->word)))
		d = 1;
	if (d < n->distance) {
		n->distance = d;
		n->name = name;
	}
}

static struct nearest nearest_to(const char *word)
{
	/* A third of the word may be wrong, but at least one letter of three. */
	unsigned int limit = (unsigned int)strlen(word) / 3 + 1;

	return (struct nearest){.word = word, .distance = (limit > 3 ? 3 : limit) + 1};
}

const char *command_suggest(const char *word, const char *object)
{
	struct nearest n = nearest_to(word);

	for (const struct command *c = commands; c->object; c++) {
		if (!object)
			consider(&n, c->object);
		else if (c->verb && !strcmp(c->object, object))
			consider(&n, c->verb);
	}
	return n.name;
}

const char *command_suggest_option(const char *word, const struct command *cmd)
{
	struct nearest n = nearest_to(word);

	for (const struct command_option *o = cmd->options; o && o->name; o++)
		consider(&n, o->name);
	return n.name;
}
