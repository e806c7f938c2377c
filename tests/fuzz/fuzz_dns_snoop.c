// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hostile answers of DNS: any bytes are addresses of names, or nothing.
 *
 * Beyond what the sanitizers find it asserts that names are terminated text that
 * no pattern's syntax is in, and that times are within their bounds.
 */
#include <string.h>

#include "dns_snoop.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.?";

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	static struct dns_snoop out;

	if (dns_snoop_parse(data, size, &out))
		return 0;
	REQUIRE(out.n_names >= 1 && out.n_names <= DNS_SNOOP_MAX_NAMES);
	REQUIRE(out.n_addresses >= 1 && out.n_addresses <= DNS_SNOOP_MAX_ADDRESSES);
	for (size_t i = 0; i < out.n_names; i++) {
		size_t n = strnlen(out.name[i], DNS_SNOOP_NAME_LEN);

		REQUIRE(n < DNS_SNOOP_NAME_LEN && strspn(out.name[i], letters) == n);
	}
	for (size_t i = 0; i < out.n_addresses; i++)
		REQUIRE(out.address[i].ttl_s >= DNS_SNOOP_TTL_MIN_S &&
			out.address[i].ttl_s <= DNS_SNOOP_TTL_MAX_S);
	return 0;
}
