/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets of action `controller` for people.
 */
#ifndef CTL_VIEW_MONITOR_H
#define CTL_VIEW_MONITOR_H

#include <jansson.h>

#include "strbuf.h"

/* One packet: where it came from, its fields, its first bytes. */
void view_packet(struct strbuf *out, const json_t *packet);
/* How many packets were not shown. */
void view_lost(struct strbuf *out, long long n);
/* A reply of monitor.next: both. */
void view_packets(struct strbuf *out, const json_t *reply);

#endif /* CTL_VIEW_MONITOR_H */
