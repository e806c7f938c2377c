/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * OpenFlow-level actions of a rule, as users write them ("actions=..."), parsed
 * but not translated. The datapath's actions are in xvs/action.h.
 */
#ifndef FLOW_OFACT_H
#define FLOW_OFACT_H

#include <stddef.h>

#include "field.h"

enum ofact_type {
	OFACT_OUTPUT, /* to .port */
	OFACT_IN_PORT, /* back to where it came from */
	OFACT_NORMAL,
	OFACT_FLOOD, /* every port but the input, VLANs respected as NORMAL does */
	OFACT_ALL, /* every port but the input */
	OFACT_LOCAL, /* the host's own stack */
	OFACT_SET_FIELD, /* .set: masked */
	OFACT_PUSH_VLAN, /* .tpid */
	OFACT_POP_VLAN,
	OFACT_DEC_TTL,
	OFACT_DROP, /* explicit; the only action of its list */
	OFACT_N,
};

struct ofact {
	enum ofact_type type;
	__u16 port; /* OUTPUT */
	__be16 tpid; /* PUSH_VLAN */
	struct {
		enum field_id field;
		union field_value value;
		union field_value mask;
	} set;
};

/* A list that owns its memory; n == 0 is "drop". */
struct ofacts {
	struct ofact *v;
	size_t n;
	size_t allocated;
};

int ofacts_append(struct ofacts *list, const struct ofact *a); /* 0 or -ENOMEM */
int ofacts_copy(struct ofacts *dst, const struct ofacts *src);
void ofacts_fini(struct ofacts *list);
bool ofacts_equal(const struct ofacts *a, const struct ofacts *b);

#endif /* FLOW_OFACT_H */
