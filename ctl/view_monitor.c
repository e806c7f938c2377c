// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets for people; see view_monitor.h.
 */
#include "view_monitor.h"

#include <string.h>

#include "view_private.h"

/* Headers of most packets; -j has all bytes. */
#define SHOWN_BYTES 64
#define LINE_BYTES 16

static void put_member(struct strbuf *out, const char *name, const json_t *packet)
{
	strbuf_printf(out, " %s=", name);
	output_cell(out, json_object_get(packet, name));
}

/* "  0010  45 00 ..."; 'hex' has two digits a byte. */
static void put_bytes(struct strbuf *out, const char *hex)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n && i < SHOWN_BYTES; i++) {
		if (i % LINE_BYTES == 0)
			strbuf_printf(out, "%s  %04zx ", i ? "\n" : "", i);
		strbuf_printf(out, " %.2s", hex + 2 * i);
	}
	if (n > SHOWN_BYTES)
		strbuf_add(out, " ...");
	if (n)
		strbuf_addc(out, '\n');
}

void view_packet(struct strbuf *out, const json_t *packet)
{
	static const char *const members[] = {"in_port", "table", "cookie", "reason", "length"};

	output_cell(out, json_object_get(packet, "time"));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		put_member(out, members[i], packet);
	strbuf_add(out, "\n  ");
	output_cell(out, json_object_get(packet, "flow"));
	strbuf_addc(out, '\n');
	put_bytes(out, text_of(packet, "packet"));
}

void view_lost(struct strbuf *out, long long n)
{
	strbuf_printf(out, "%lld packet%s came too fast and %s not shown\n", n, n == 1 ? "" : "s",
		      n == 1 ? "is" : "are");
}

void view_packets(struct strbuf *out, const json_t *reply)
{
	json_int_t lost = json_integer_value(json_object_get(reply, "lost"));
	json_t *packet;
	size_t i;

	if (lost)
		view_lost(out, lost);
	json_array_foreach (json_object_get(reply, "packets"), i, packet)
		view_packet(out, packet);
}
