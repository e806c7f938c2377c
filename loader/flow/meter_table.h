/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Meters of a switch: rates that action meter:ID keeps packets to.
 *
 * What a meter does is the datapath's (xvs/meter.h); here are its number, its
 * configuration as given, and the datapath's slot. A meter is changed in place:
 * rules refer to the number, programs to the slot, and both stay.
 */
#ifndef FLOW_METER_TABLE_H
#define FLOW_METER_TABLE_H

#include "id_table.h"
#include "xvs/limits.h"
#include "xvs/types.h"

#define METER_ID_MAX 0xffff0000U /* OpenFlow's; 0 is none */
#define METER_SLOT_NONE 0xffff

struct meter_config {
	bool bytes; /* the rate is in kbit/s, else in packets/s */
	bool stats; /* as given; there are statistics anyway */
	__u32 rate; /* above 0 */
	__u32 burst; /* kbit or packets; 0: the datapath's default */
};

struct meter {
	__u32 id;
	__u16 slot; /* of the datapath; METER_SLOT_NONE until the model has got one */
	struct meter_config config;
	__u64 created_ms;
};

struct meter_table {
	struct id_table ids; /* of struct meter */
};

struct meter_table *meter_table_create(void);
void meter_table_destroy(struct meter_table *t); /* NULL is a no-op; the slots are the caller's */
struct meter *meter_find(const struct meter_table *t, __u32 id); /* NULL: none */
/* The i-th of ids.n, in order of number. */
static inline struct meter *meter_at(const struct meter_table *t, size_t i)
{
	return t->ids.v[i];
}
/* Takes over 'm', which is malloc'ed. -EEXIST; -ENOSPC: XVS_MAX_METERS; -ENOMEM.
 * It cannot fail for a meter that has just been removed. */
int meter_insert(struct meter_table *t, struct meter *m);
/* The meter is the caller's; NULL: none. */
struct meter *meter_remove(struct meter_table *t, __u32 id);

#endif /* FLOW_METER_TABLE_H */
