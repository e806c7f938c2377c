// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The names of actions, what reads their arguments, and what the manual says of
 * them. A row without a summary is one more name of the row above it.
 */
#include "action_parse_private.h"

/* clang-format off */
static const struct action actions[] = {
	{ "output", ARG_NEEDED, 0, action_parse_output, "output:PORT",
	  "to a port, by name or number, or to the port whose number is in a field: "
	  "``output:reg0[0..15]``; a port by itself is the same. Not to the port by which the "
	  "packet came: that is ``in_port``" },
	{ "in_port", ARG_NONE, OFACT_IN_PORT, action_parse_simple, "in_port",
	  "back to the port by which the packet came" },
	{ "normal", ARG_NONE, OFACT_NORMAL, action_parse_simple, "normal",
	  "as a learning switch with VLANs forwards" },
	{ "flood", ARG_NONE, OFACT_FLOOD, action_parse_simple, "flood",
	  "to all ports of the packet's VLAN but the one by which it came" },
	{ "all", ARG_NONE, OFACT_ALL, action_parse_simple, "all",
	  "to all ports but the one by which it came" },
	{ "local", ARG_NONE, OFACT_LOCAL, action_parse_simple, "local",
	  "to the host's own stack: the internal port that is named as the switch" },
	{ "controller", ARG_OPTIONAL, 0, action_parse_controller, "controller[:MAX_LEN]",
	  "a copy to whoever runs ``xvsctl monitor``, cut to MAX_LEN bytes; also "
	  "``controller(max_len=MAX_LEN)``" },
	{ "drop", ARG_NONE, OFACT_DROP, action_parse_simple, "drop",
	  "nothing; the only action of its list" },
	{ "set_field", ARG_NEEDED, 0, action_parse_set_field, "set_field:VALUE[/MASK]->FIELD",
	  "writes a field, with a mask only those bits" },
	{ "load", ARG_NEEDED, 0, action_parse_load, "load:VALUE->DST",
	  "writes a number to a field or a part of it" },
	{ "move", ARG_NEEDED, 0, action_parse_move, "move:SRC->DST",
	  "copies a field or a part of it to another one of as many bits" },
	{ "push", ARG_NEEDED, OFACT_STACK_PUSH, action_parse_stack, "push:SRC",
	  "puts a field or a part of it on the packet's stack" },
	{ "pop", ARG_NEEDED, OFACT_STACK_POP, action_parse_stack, "pop:DST",
	  "takes from the stack what was put last" },
	{ "write_metadata", ARG_NEEDED, 0, action_parse_write_metadata,
	  "write_metadata:VALUE[/MASK]", "writes ``metadata``" },
	{ "mod_dl_src", ARG_NEEDED, FIELD_DL_SRC, action_parse_mod, "mod_dl_src:MAC",
	  "writes one field. TOS is the octet that has the DSCP, a multiple of 4" },
	{ "mod_dl_dst", ARG_NEEDED, FIELD_DL_DST, action_parse_mod, "mod_dl_dst:MAC", "" },
	{ "mod_nw_src", ARG_NEEDED, FIELD_NW_SRC, action_parse_mod, "mod_nw_src:IP", "" },
	{ "mod_nw_dst", ARG_NEEDED, FIELD_NW_DST, action_parse_mod, "mod_nw_dst:IP", "" },
	{ "mod_nw_tos", ARG_NEEDED, FIELD_NW_TOS, action_parse_mod, "mod_nw_tos:TOS", "" },
	{ "mod_nw_ecn", ARG_NEEDED, FIELD_NW_ECN, action_parse_mod, "mod_nw_ecn:ECN", "" },
	{ "mod_nw_ttl", ARG_NEEDED, FIELD_NW_TTL, action_parse_mod, "mod_nw_ttl:TTL", "" },
	{ "set_nw_ttl", ARG_NEEDED, FIELD_NW_TTL, action_parse_mod, NULL, NULL },
	{ "mod_tp_src", ARG_NEEDED, FIELD_TP_SRC, action_parse_mod, "mod_tp_src:PORT", "" },
	{ "mod_tp_dst", ARG_NEEDED, FIELD_TP_DST, action_parse_mod, "mod_tp_dst:PORT", "" },
	{ "dec_ttl", ARG_OPTIONAL, OFACT_DEC_TTL, action_parse_dec_ttl, "dec_ttl",
	  "one hop less; at the last one the packet is dropped (``ttl-expired``)" },
	{ "mod_vlan_vid", ARG_NEEDED, FIELD_DL_VLAN, action_parse_mod, "mod_vlan_vid:VID",
	  "writes the outer tag's VLAN; a packet without a tag gets one" },
	{ "set_vlan_vid", ARG_NEEDED, FIELD_DL_VLAN, action_parse_mod, NULL, NULL },
	{ "mod_vlan_pcp", ARG_NEEDED, FIELD_DL_VLAN_PCP, action_parse_mod, "mod_vlan_pcp:PCP",
	  "writes its priority; a packet without a tag gets one of VLAN 0" },
	{ "set_vlan_pcp", ARG_NEEDED, FIELD_DL_VLAN_PCP, action_parse_mod, NULL, NULL },
	{ "push_vlan", ARG_NEEDED, OFACT_PUSH_VLAN, action_parse_ethertype, "push_vlan:TYPE",
	  "one more tag, of type 0x8100 or 0x88a8 and VLAN 0" },
	{ "pop_vlan", ARG_NONE, OFACT_POP_VLAN, action_parse_simple, "pop_vlan",
	  "takes the outer tag off; also ``strip_vlan``" },
	{ "strip_vlan", ARG_NONE, OFACT_POP_VLAN, action_parse_simple, NULL, NULL },
	{ "push_mpls", ARG_NEEDED, OFACT_PUSH_MPLS, action_parse_ethertype, "push_mpls:TYPE",
	  "one more label behind the tags, of type 0x8847 or 0x8848; it takes its values from "
	  "the one below, or TTL and class from the IP header" },
	{ "pop_mpls", ARG_NEEDED, OFACT_POP_MPLS, action_parse_ethertype, "pop_mpls:TYPE",
	  "takes the outer label off; TYPE is what the packet is then: 0x0800, 0x86dd, or "
	  "0x8847 if there is one more" },
	{ "set_mpls_label", ARG_NEEDED, FIELD_MPLS_LABEL, action_parse_mod, "set_mpls_label:LABEL",
	  "writes a field of the outer label" },
	{ "set_mpls_tc", ARG_NEEDED, FIELD_MPLS_TC, action_parse_mod, "set_mpls_tc:CLASS", "" },
	{ "set_mpls_ttl", ARG_NEEDED, FIELD_MPLS_TTL, action_parse_mod, "set_mpls_ttl:TTL", "" },
	{ "dec_mpls_ttl", ARG_NONE, OFACT_DEC_MPLS_TTL, action_parse_simple, "dec_mpls_ttl",
	  "as ``dec_ttl``, of the outer label" },
	{ "resubmit", ARG_NEEDED, 0, action_parse_resubmit, "resubmit(PORT,TABLE)",
	  "looks the packet up in another table, as if it had come by PORT, does what is found, "
	  "and goes on behind it. PORT or TABLE may be left out: ``resubmit(,5)``, "
	  "``resubmit:7``" },
	{ "goto_table", ARG_NEEDED, 0, action_parse_goto, "goto_table:TABLE",
	  "goes on in a table above the rule's own; the last of its list" },
	{ "clone", ARG_LIST, 0, action_parse_clone, "clone(ACTION,...)",
	  "actions on a copy: what they change is undone behind them" },
	{ "group", ARG_NEEDED, OFACT_GROUP, action_parse_id, "group:ID",
	  "what the group says" },
	{ "meter", ARG_NEEDED, OFACT_METER, action_parse_id, "meter:ID",
	  "drops what exceeds the meter's rate (``meter``); the first of a rule's actions" },
	{ "learn", ARG_LIST, 0, action_parse_learn, "learn(...)",
	  "adds or refreshes a rule, see below" },
	{ "ct", ARG_OPTIONAL, 0, action_parse_ct, "ct(...)",
	  "looks for the packet's connection, and enters it if asked to, see below" },
	{ "ct_clear", ARG_OPTIONAL, OFACT_CT_CLEAR, action_parse_ct_clear, "ct_clear",
	  "forgets what ``ct`` has found: the packet is not tracked" },
	{ "conjunction", ARG_NEEDED, 0, action_parse_conjunction, "conjunction(ID,K/N)",
	  "the rule is clause K of N of a conjunction, see below" },
	{ "exit", ARG_NONE, OFACT_EXIT, action_parse_simple, "exit",
	  "no more actions, neither of this rule nor of those that led to it" },
};
/* clang-format on */

#define N_ACTIONS (sizeof(actions) / sizeof(actions[0]))

static const char *const unsupported[] = {
	"apply_actions", "bundle",       "bundle_load", "check_pkt_larger",
	"clear_actions", "debug_recirc", "debug_slow",  "dec_nsh_ttl",
	"decap",         "delete_field", "encap",       "enqueue",
	"fin_timeout",   "multipath",    "note",        "output_reg",
	"output_trunc",  "pop_queue",    "sample",      "set_queue",
	"set_tunnel",    "set_tunnel64", "table",       "truncate",
	"write_actions",
};

const struct action *action_by_name(const struct word *name)
{
	char first = name->len ? (char)(name->s[0] | 0x20) : '\0';

	for (size_t i = 0; i < N_ACTIONS; i++)
		if (actions[i].name[0] == first && word_is_nocase(name, actions[i].name))
			return &actions[i];
	return NULL;
}

bool action_is_unsupported(const struct word *name)
{
	for (size_t i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++)
		if (word_is_nocase(name, unsupported[i]))
			return true;
	return false;
}

bool action_doc(size_t i, struct action_doc *doc)
{
	for (size_t k = 0; k < N_ACTIONS; k++) {
		if (!actions[k].syntax || i--)
			continue;
		doc->syntax = actions[k].syntax;
		doc->summary = actions[k].summary;
		return true;
	}
	return false;
}
