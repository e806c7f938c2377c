/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pipeline rows: rules as users write them, packets, and the frames that have to
 * come out, written by hand. The tables are in rows_pipeline_*.c; pipeline.c runs
 * them through flow text, flow tables, translation and the loaded programs.
 *
 * The switch is sw0 with the harness's ports: p1 to p5 are 1 to 5, and sw0, the
 * internal port, is 6. Ports 1 to 4 and 6 take native redirects, 5 does not.
 */
#ifndef PROG_TESTS_ROWS_PIPELINE_H
#define PROG_TESTS_ROWS_PIPELINE_H

#include "field.h"
#include "rows.h"

/* What a row leaves out is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* A list of layers by itself. */
#define FRAME(...) ((const struct layer[]){__VA_ARGS__, {.kind = LAYER_END}})

#define MAX_PIPELINE_OUTS 6
#define MAX_PIPELINE_PACKETS 6
/* As a port: a copy to whoever runs `xvsctl monitor`. */
#define TO_CONTROLLER 0xfffd

/* The packet is of a megaflow that earlier ones have made: it does not go up. */
#define PACKET_HITS 0x01
/* More than one XDP program does: it hands the packet up, unchanged. */
#define PACKET_TO_TC 0x02

struct pipeline_out {
	__u16 port_no;
	const struct layer *frame;
};

struct pipeline_packet {
	const struct layer *in; /* NULL: no more packets */
	__u16 port_no; /* 0: PORT_IN */
	__u32 mark; /* TC only */
	unsigned int flags;
	enum xvs_drop_reason drop; /* where nothing comes out */
	struct pipeline_out out[MAX_PIPELINE_OUTS]; /* in the order in which they leave */
};

/* Not by the device: a meter, or the time, would tell its frames from others. */
#define ROW_NO_DEVICE 0x100
/* The packet mark is of TC alone. */
#define ROW_TC_ONLY 0x200
/* The program writes the tag that comes in. A device has it beside the frame, a
 * test run at TC in it, where the kernel's packets never have it. */
#define ROW_NO_TC_RUN 0x1000

struct pipeline_row {
	const char *name;
	/* Lines: "port N WORD", "patch N N", "mirror WORD...", "group ...",
	 * "meter ..." or else a flow. */
	const char *setup;
	struct pipeline_packet packet[MAX_PIPELINE_PACKETS];
	unsigned int flags;
	const char *decides; /* the field by which packets are told apart; or NULL */
};

/*
 * One field in a match. 'hit' leaves by port 2, 'miss', which differs in the field
 * alone, by port 3; 'same' differs elsewhere and is of the megaflow of 'hit'.
 */
struct match_row {
	enum field_id field;
	const char *match;
	const struct layer *hit, *miss, *same; /* no 'same': 'hit' from another MAC */
	/* Why no packet can differ in the field; NULL: 'miss' does. */
	const char *no_miss;
	__u16 miss_port; /* by which 'miss' comes in; 0: PORT_IN */
	__u32 mark; /* of 'hit' */
	unsigned int flags;
};

/* The packet as it is to become has a header more: another megaflow's. */
#define ROW_ADDS_HEADER 0x400
/* The rule does not match what the packet is to become. */
#define ROW_OTHER_RULE 0x800

/*
 * One field that actions write: 'in' becomes 'out', and so does, by the same
 * megaflow, a packet that is 'out' already. Both leave by port 2.
 */
struct set_row {
	enum field_id field;
	const char *match; /* what the field needs */
	const char *actions;
	const struct layer *in, *out;
	unsigned int flags;
};

struct pipeline_table {
	const struct pipeline_row *rows;
	size_t n;
};
#define PIPELINE_TABLE(rows_)                               \
	{                                                   \
		(rows_), sizeof(rows_) / sizeof((rows_)[0]) \
	}
extern const struct pipeline_table rows_pipeline_actions, rows_pipeline_tables,
	rows_pipeline_groups, rows_pipeline_headers, rows_pipeline_passes;

extern const struct match_row rows_pipeline_match[];
extern const size_t n_rows_pipeline_match;
extern const struct set_row rows_pipeline_set[];
extern const size_t n_rows_pipeline_set;

/* Frames of the cast, by what they carry. */
#define F_TCP(...) ETH, TYPE(0x0800), IP4(.proto = PROTO_TCP), TCP(__VA_ARGS__), DATA(30)
#define F_UDP(...) ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP(__VA_ARGS__), DATA(30)
#define F_TCP6(...) ETH, TYPE(0x86dd), IP6(.next = PROTO_TCP), TCP(__VA_ARGS__), DATA(30)
#define F_ARP(...) ETH, TYPE(0x0806), ARP(__VA_ARGS__)

/* An MPLS entry: label, traffic class, bottom of stack, TTL. */
#define LSE(label_, tc_, bos_, ttl_) \
	((__u32)(label_) << 12 | (__u32)(tc_) << 9 | (__u32)(bos_) << 8 | (ttl_))
#define ENTRY(lse_) RAW(4, (lse_) >> 24, (lse_) >> 16 & 0xff, (lse_) >> 8 & 0xff, (lse_)&0xff)

#endif /* PROG_TESTS_ROWS_PIPELINE_H */
