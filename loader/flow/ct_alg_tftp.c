// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * TFTP requests; see ct_alg.h.
 */
#include "ct_alg.h"

#include <string.h>

#define OPCODE_READ 1
#define OPCODE_WRITE 2

/* Length of the text up to its terminator; -1: it has none, or is empty. */
static long text_len(const __u8 *text, size_t room)
{
	const __u8 *end = room ? memchr(text, 0, room) : NULL;

	return end && end > text ? end - text : -1;
}

/* opcode | name 0 | mode 0 [options] */
bool ct_alg_tftp(const __u8 *payload, size_t len)
{
	long name;

	if (len < 2 || payload[0] || (payload[1] != OPCODE_READ && payload[1] != OPCODE_WRITE))
		return false;
	name = text_len(payload + 2, len - 2);
	if (name < 0)
		return false;
	payload += 2 + name + 1;
	return text_len(payload, len - 2 - (size_t)name - 1) >= 0;
}
