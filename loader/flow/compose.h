/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A frame from a flow key: the parser's way back, for `trace`, which sends such a
 * frame through the loaded programs.
 *
 * Lengths and checksums are right, so that what a program does to them shows; a
 * few bytes of payload follow, and padding up to the shortest Ethernet frame.
 * What a key does not say is chosen once and for all: TPIDs (0x8100; of two
 * tags the outer one has 0x88a8), sequence numbers, what lies below a label.
 *
 * [COMP1] Parsing the frame of a key that a parser has made gives that key back,
 *         but for the metadata, which no frame carries. For any other key the
 *         frame is the nearest there is: later fields give way to earlier ones.
 */
#ifndef FLOW_COMPOSE_H
#define FLOW_COMPOSE_H

#include <stddef.h>

#include "xvs/flow_key.h"

/* No frame is longer: two tags, IPv6 with a fragment header, neighbour discovery
 * with both options, or TCP with the payload. */
#define COMPOSE_MAX_LEN 128

/* The frame's length; 0: 'size' is below COMPOSE_MAX_LEN. */
size_t compose_frame(const struct xvs_flow_key *key, __u8 *buf, size_t size);

#endif /* FLOW_COMPOSE_H */
