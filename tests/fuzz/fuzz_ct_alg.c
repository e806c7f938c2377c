// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Payload of FTP and TFTP connections, as hostile as it likes. Beyond what the sanitizers
 * find it asserts that an announcement is whole, and that an address which was read is
 * read as the same when it is announced again.
 *
 *   input: one byte, who speaks; the payload
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ct_alg.h"

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

static void announce(const struct ct_alg_end *end, char *line, size_t size)
{
	const __u8 *ip = end->addr.ip6;
	int n = 0;

	if (end->family == 4) {
		snprintf(line, size, "PORT %u,%u,%u,%u,%u,%u\r\n", ip[12], ip[13], ip[14], ip[15],
			 end->port >> 8, end->port & 0xff);
		return;
	}
	n = snprintf(line, size, "EPRT |2|");
	for (int i = 0; i < 8; i++)
		n += snprintf(line + n, size - (size_t)n, "%s%x", i ? ":" : "",
			      ip[2 * i] << 8 | ip[2 * i + 1]);
	snprintf(line + n, size - (size_t)n, "|%u|\r\n", end->port);
}

static void check_end(const struct ct_alg_end *end)
{
	struct ct_alg_end again = {0};
	char line[96];

	if (!end->port || (end->family && end->family != 4 && end->family != 6))
		abort();
	if (!end->family)
		return;
	announce(end, line, sizeof(line));
	if (!ct_alg_ftp((const __u8 *)line, strlen(line), true, &again))
		abort();
	if (memcmp(&again, end, sizeof(again)))
		abort();
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct ct_alg_end end;

	if (!size)
		return 0;
	memset(&end, 0, sizeof(end));
	if (ct_alg_ftp(data + 1, size - 1, data[0] & 1, &end))
		check_end(&end);
	if (ct_alg_tftp(data + 1, size - 1) && size < 1 + 2 + 2 + 2)
		abort();
	return 0;
}
