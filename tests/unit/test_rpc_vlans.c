// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sets of VLANs as text, both ways.
 */
#include "test.h"

#include "rpc_vlans.h"

TEST(rpc_vlans, good_sets_are_read_and_printed)
{
	static const struct {
		const char *text;
		const char *printed;
	} rows[] = {
		{"0", "0"},
		{"4094", "4094"},
		{"10,20-29", "10,20-29"},
		{"3,1,2", "1-3"},
		{"7,7", "7"},
		{"5-5", "5"},
		{"0-4094", "0-4094"},
		{"1-3,3-9,63,64", "1-9,63-64"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		__u64 vlans[4096 / 64] = {0};
		struct strbuf out;

		ROW_CHECK(rows[i].text, rpc_vlans_parse(rows[i].text, vlans), "refused");
		strbuf_init(&out);
		rpc_vlans_format(&out, vlans);
		ROW_CHECK(rows[i].text, !strcmp(strbuf_str(&out), rows[i].printed), "printed '%s'",
			  strbuf_str(&out));
		strbuf_fini(&out);
	}
}

TEST(rpc_vlans, other_text_is_refused)
{
	static const char *const rows[] = {
		"",  ",",  "4095", "-1",   "+1",    " 1", "1 ",  "1,",
		"a", "1x", "2-1",  "1--2", "1-2-3", "1-", "0x1", "99999999999999999999",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		__u64 vlans[4096 / 64] = {0};

		ROW_CHECK(rows[i], !rpc_vlans_parse(rows[i], vlans), "was accepted");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(rpc_vlans, good_sets_are_read_and_printed),
		TEST_ROW(rpc_vlans, other_text_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
