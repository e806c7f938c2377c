// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/flow/ct_alg_*.c: what payload announces, and what is no announcement.
 */
#include "test.h"

#include <arpa/inet.h>

#include "ct_alg.h"

struct row {
	const char *payload;
	const char *addr; /* "": of the speaker's own end; NULL: announces nothing */
	__u16 port;
};

static const struct row from_client[] = {
	{"PORT 10,0,0,1,4,1\r\n", "10.0.0.1", 1025},
	{"port 10,0,0,1,255,255\n", "10.0.0.1", 65535},
	{"NOOP\r\nPORT 192,168,1,2,0,21\r\n", "192.168.1.2", 21},
	{"PORT 10,0,0,1,4,1\r\nPORT 10,0,0,1,4,2\r\n", "10.0.0.1", 1026},
	{"EPRT |1|132.235.1.2|6275|\r\n", "132.235.1.2", 6275},
	{"EPRT |2|1080::8:800:200C:417A|5282|\r\n", "1080::8:800:200c:417a", 5282},
	{"EPRT |2|::1|1|\r\n", "::1", 1},
	{"EPRT |2|::|1|\r\n", "::", 1},
	{"EPRT |2|fc00::|65535|\r\n", "fc00::", 65535},
	{"EPRT |2|1:2:3:4:5:6:7:8|99|\r\n", "1:2:3:4:5:6:7:8", 99},
	{"EPRT |2|1:2:3::7:8|99|\r\n", "1:2:3::7:8", 99},
	{"EPRT !1!10.0.0.1!80!\r\n", "10.0.0.1", 80},
	{"PORT 10,0,0,1,4,1", NULL, 0}, /* no whole line */
	{"PORT 10,0,0,1,0,0\r\n", NULL, 0},
	{"PORT 10,0,0,1,256,1\r\n", NULL, 0},
	{"PORT 10,0,0,256,4,1\r\n", NULL, 0},
	{"PORT 10,0,0,1,4\r\n", NULL, 0},
	{"PORT 10,,0,1,4,1\r\n", NULL, 0},
	{"PORT 99999999999999999999,0,0,1,4,1\r\n", NULL, 0},
	{"XPORT 10,0,0,1,4,1\r\n", NULL, 0},
	{"PORT", NULL, 0},
	{"PORT \r\n", NULL, 0},
	{"EPRT |3|10.0.0.1|80|\r\n", NULL, 0},
	{"EPRT |0|10.0.0.1|80|\r\n", NULL, 0},
	{"EPRT |1|10.0.0|80|\r\n", NULL, 0},
	{"EPRT |1|10.0.0.1|65536|\r\n", NULL, 0},
	{"EPRT |1|10.0.0.1|0|\r\n", NULL, 0},
	{"EPRT |1|10.0.0.1|80\r\n", NULL, 0},
	{"EPRT |2|1:2:3:4:5:6:7|80|\r\n", NULL, 0},
	{"EPRT |2|1:2:3:4:5:6:7:8:9|80|\r\n", NULL, 0},
	{"EPRT |2|1::2::3|80|\r\n", NULL, 0},
	{"EPRT |2|12345::|80|\r\n", NULL, 0},
	{"EPRT |2|1:2:|80|\r\n", NULL, 0},
	{"EPRT |2|:1|80|\r\n", NULL, 0},
	{"EPRT |2||80|\r\n", NULL, 0},
	{"EPRT 1110.0.0.1180\r\n", NULL, 0},
	{"227 Entering Passive Mode (10,0,0,1,4,1)\r\n", NULL, 0},
	{"", NULL, 0},
	{"\n\n\n", NULL, 0},
};

static const struct row from_server[] = {
	{"227 Entering Passive Mode (10,0,0,1,4,1)\r\n", "10.0.0.1", 1025},
	{"227 Entering Passive Mode. 10,0,0,1,4,1\r\n", "10.0.0.1", 1025},
	{"227 =10,0,0,1,4,1\r\n", "10.0.0.1", 1025},
	{"229 Entering Extended Passive Mode (|||6446|)\r\n", "", 6446},
	{"200 ok\r\n229 x (!!!80!)\r\n", "", 80},
	{"227 Entering Passive Mode ()\r\n", NULL, 0},
	{"227-Entering (10,0,0,1,4,1)\r\n", NULL, 0},
	{"1227 (10,0,0,1,4,1)\r\n", NULL, 0},
	{"229 Entering (||6446|)\r\n", NULL, 0},
	{"229 Entering (|||6446)\r\n", NULL, 0},
	{"229 Entering (|||0|)\r\n", NULL, 0},
	{"229 Entering |||6446|\r\n", NULL, 0},
	{"229 (|||", NULL, 0},
	{"229 (", NULL, 0},
	{"PORT 10,0,0,1,4,1\r\n", NULL, 0},
};

static struct xvs_ct_addr addr_of(const char *text)
{
	struct xvs_ct_addr a = {0};

	if (*text && inet_pton(AF_INET, text, &a.ip4) != 1)
		assert_int_equal(inet_pton(AF_INET6, text, a.ip6), 1);
	return a;
}

static void check_ftp(const struct row *row, bool client)
{
	/* Just as long as it is: a sanitizer sees what is read behind it. */
	size_t len = strlen(row->payload);
	__u8 *payload = malloc(len ? len : 1);
	struct ct_alg_end end = {0};
	struct xvs_ct_addr want = addr_of(row->addr ? row->addr : "");

	assert_non_null(payload);
	memcpy(payload, row->payload, len);
	ROW_CHECK(row->payload, ct_alg_ftp(payload, len, client, &end) == !!row->addr, "found");
	if (row->addr) {
		__u8 family = !*row->addr ? 0 : strchr(row->addr, ':') ? 6 : 4;

		ROW_CHECK(row->payload, end.port == row->port, "port %u", end.port);
		ROW_CHECK(row->payload, end.family == family, "family %u", end.family);
		ROW_CHECK(row->payload, !memcmp(&end.addr, &want, sizeof(want)), "address");
	}
	free(payload);
}

TEST(ct_alg, ftp_client_announces_where_it_listens)
{
	for (size_t i = 0; i < sizeof(from_client) / sizeof(from_client[0]); i++)
		check_ftp(&from_client[i], true);
}

TEST(ct_alg, ftp_server_announces_where_it_listens)
{
	for (size_t i = 0; i < sizeof(from_server) / sizeof(from_server[0]); i++)
		check_ftp(&from_server[i], false);
}

TEST(ct_alg, tftp_requests_have_a_name_and_a_mode)
{
	static const struct {
		const char *name;
		const char *payload;
		size_t len;
		bool request;
	} rows[] = {
		{"read", "\0\1file\0octet\0", 13, true},
		{"write", "\0\2file\0octet\0", 13, true},
		{"options", "\0\1f\0netascii\0blksize\00012", 23, true},
		{"data", "\0\3\0\1abc", 7, false},
		{"no mode", "\0\1file\0", 7, false},
		{"mode without end", "\0\1file\0octet", 12, false},
		{"no name", "\0\1\0octet\0", 9, false},
		{"name without end", "\0\1file", 6, false},
		{"opcode alone", "\0\1", 2, false},
		{"short", "\0", 1, false},
		{"empty", "", 0, false},
		{"other opcode", "\1\1file\0octet\0", 13, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ROW_CHECK(rows[i].name,
			  ct_alg_tftp((const __u8 *)rows[i].payload, rows[i].len) ==
				  rows[i].request,
			  "request");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(ct_alg, ftp_client_announces_where_it_listens),
		TEST_ROW(ct_alg, ftp_server_announces_where_it_listens),
		TEST_ROW(ct_alg, tftp_requests_have_a_name_and_a_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
