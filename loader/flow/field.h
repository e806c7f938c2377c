/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of fields: one row a field, with its names, its place in the flow
 * key, its text form and its prerequisites. Parsing, formatting, what actions
 * read and write, the explanation of masks and the manual are all driven by it.
 * Rows are in field_table.c, what can be done with a field in field.c.
 *
 * Several fields may be the same bits: registers are fields of 32, 64 and 128
 * bits, and what ports and addresses are is told by the protocol.
 */
#ifndef FLOW_FIELD_H
#define FLOW_FIELD_H

#include "flow.h"

enum field_id {
	FIELD_IN_PORT,
	FIELD_RECIRC_ID,
	FIELD_PKT_MARK,
	FIELD_DL_SRC,
	FIELD_DL_DST,
	FIELD_DL_TYPE,
	FIELD_VLAN_TCI,
	FIELD_DL_VLAN, /* the 12 VID bits of vlan_tci, and "present" */
	FIELD_DL_VLAN_PCP, /* the 3 PCP bits, and "present" */
	FIELD_VLAN_TCI1,
	FIELD_NW_SRC,
	FIELD_NW_DST,
	FIELD_IPV6_SRC,
	FIELD_IPV6_DST,
	FIELD_IPV6_LABEL,
	FIELD_NW_PROTO,
	FIELD_NW_TOS, /* the 6 DSCP bits of nw_tos */
	FIELD_NW_ECN, /* the 2 ECN bits */
	FIELD_NW_TTL,
	FIELD_IP_FRAG,
	FIELD_ARP_OP,
	FIELD_ARP_SPA,
	FIELD_ARP_TPA,
	FIELD_ARP_SHA,
	FIELD_ARP_THA,
	FIELD_TP_SRC, /* of TCP, UDP or SCTP */
	FIELD_TP_DST,
	FIELD_TCP_SRC,
	FIELD_TCP_DST,
	FIELD_TCP_FLAGS,
	FIELD_UDP_SRC,
	FIELD_UDP_DST,
	FIELD_SCTP_SRC,
	FIELD_SCTP_DST,
	FIELD_ICMP_TYPE,
	FIELD_ICMP_CODE,
	FIELD_ICMPV6_TYPE,
	FIELD_ICMPV6_CODE,
	FIELD_ND_TARGET,
	FIELD_ND_SLL,
	FIELD_ND_TLL,
	FIELD_MPLS_LABEL,
	FIELD_MPLS_TC,
	FIELD_MPLS_BOS,
	FIELD_MPLS_TTL,
	FIELD_TUN_ID,
	FIELD_TUN_SRC,
	FIELD_TUN_DST,
	FIELD_TUN_FLAGS,
	FIELD_TUN_TOS,
	FIELD_TUN_TTL,
	FIELD_CT_STATE,
	FIELD_CT_ZONE,
	FIELD_CT_MARK,
	FIELD_CT_LABEL,
	FIELD_CONJ_ID,
	FIELD_METADATA,
	FIELD_REG0, /* the others follow: FIELD_REG0 + n */
	FIELD_REG_LAST = FIELD_REG0 + FLOW_N_REGS - 1,
	FIELD_XREG0, /* 64 bits: two registers, the lower number on top */
	FIELD_XREG_LAST = FIELD_XREG0 + FLOW_N_REGS / 2 - 1,
	FIELD_XXREG0, /* 128 bits: four of them */
	FIELD_XXREG_LAST = FIELD_XXREG0 + FLOW_N_REGS / 4 - 1,
	FIELD_N,
};

enum field_format {
	FIELD_FMT_DECIMAL,
	FIELD_FMT_HEX,
	FIELD_FMT_MAC,
	FIELD_FMT_IPV4,
	FIELD_FMT_IPV6,
	FIELD_FMT_PORT, /* switch port, by name or number */
	FIELD_FMT_FRAG, /* no, yes, first, later, not_later */
	FIELD_FMT_TCP_FLAGS, /* +syn-ack or hex */
	FIELD_FMT_CT_STATE, /* +trk-new or hex */
	FIELD_FMT_TUN_FLAGS, /* +oam or hex */
};

enum field_mask_rule {
	FIELD_MASK_NONE, /* exact or absent */
	FIELD_MASK_ANY,
	FIELD_MASK_SPECIAL, /* its own syntax (ip_frag) */
};

struct field {
	const char *name; /* the one that is printed */
	const char *alias[2]; /* accepted too; NULL: no more */
	const char *oxm[3]; /* its NXM and OXM names, as in Open vSwitch; the same */
	enum field_id id;
	__u16 offset; /* bytes into struct flow_key */
	__u8 size; /* bytes there */
	__u8 width; /* significant bits */
	__u8 shift; /* of the value within the stored integer */
	__u8 set_bits; /* actions may write the field */
	__u8 is_view; /* the same bits are printed as other fields */
	enum field_format format;
	enum field_mask_rule mask_rule;
	/* prerequisites: dl_type in host order, 0 none; nw_proto, 0 none, 255: TCP,
	 * UDP or SCTP */
	__u16 pre_dl_type; /* 0x0800, 0x86dd, 0x0806, 0x8847; 0xffff: IPv4 or IPv6 */
	__u8 pre_nw_proto;
	__u8 pre_icmp_type; /* ND fields: 135 or 136; 255: either */
};

/* A value or mask of any field, big-endian, right-aligned in 'b'. */
union field_value {
	__u8 b[16];
	__u64 w[2];
};

extern const struct field fields[FIELD_N];

const struct field *field_by_name(const char *name, size_t len);
/* Bits that a subfield of it may have: the header's, where the key has more. */
unsigned int field_n_bits(const struct field *f);

/* The field's bits of a key or a mask; 'value' is right-aligned. */
void field_get(const struct field *f, const struct flow_key *key, union field_value *value);
void field_set(const struct field *f, struct flow_key *key, const union field_value *value);
bool field_value_is_zero(const union field_value *v);
/* Bits [ofs, ofs + n) of 'from', right-aligned; and the way back, which leaves
 * the other bits of 'to' alone. 'n' is 1 to 128 - ofs. */
void field_value_extract(const union field_value *from, unsigned int ofs, unsigned int n,
			 union field_value *bits);
void field_value_insert(union field_value *to, unsigned int ofs, unsigned int n,
			const union field_value *bits);
void field_exact_mask(const struct field *f, union field_value *mask);

/* True if 'match' (key under mask) implies the field's prerequisites. */
bool field_prereqs_met(const struct field *f, const struct flow_key *key,
		       const struct flow_key *mask);
/* Adds to 'wc' the bits that the prerequisites of 'f' test. */
void field_prereqs_unwildcard(const struct field *f, struct flow_key *wc);
/* Human text of the prerequisite, for errors: "ip", "tcp or tcp6", ... */
const char *field_prereq_name(const struct field *f);

#endif /* FLOW_FIELD_H */
