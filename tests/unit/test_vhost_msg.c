// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/vhost/vhost_msg.c: each kind of message in its right shape, and a row for
 * each way in which it can be refused, with the reason.
 */
#include "test.h"

#include <errno.h>

#include "vhost_msg.h"

#define V VHOST_MSG_VERSION
#define MEM(n) (8 + (n) * sizeof(struct vhost_msg_region))

/* Payload sizes and numbers of descriptors that the protocol gives to each kind. */
static const struct shape {
	__u32 request;
	const char *name;
	size_t min_size, max_size;
	size_t min_fds, max_fds;
} shapes[] = {
	{1, "GET_FEATURES", 0, 0, 0, 0},
	{2, "SET_FEATURES", 8, 8, 0, 0},
	{3, "SET_OWNER", 0, 0, 0, 0},
	{4, "RESET_OWNER", 0, 0, 0, 0},
	{5, "SET_MEM_TABLE", 8, 264, 0, 8},
	{6, "SET_LOG_BASE", 16, 16, 1, 1},
	{7, "SET_LOG_FD", 0, 8, 1, 1},
	{8, "SET_VRING_NUM", 8, 8, 0, 0},
	{9, "SET_VRING_ADDR", 40, 40, 0, 0},
	{10, "SET_VRING_BASE", 8, 8, 0, 0},
	{11, "GET_VRING_BASE", 8, 8, 0, 0},
	{12, "SET_VRING_KICK", 8, 8, 0, 1},
	{13, "SET_VRING_CALL", 8, 8, 0, 1},
	{14, "SET_VRING_ERR", 8, 8, 0, 1},
	{15, "GET_PROTOCOL_FEATURES", 0, 0, 0, 0},
	{16, "SET_PROTOCOL_FEATURES", 8, 8, 0, 0},
	{17, "GET_QUEUE_NUM", 0, 0, 0, 0},
	{18, "SET_VRING_ENABLE", 8, 8, 0, 0},
	{19, "SEND_RARP", 8, 8, 0, 0},
	{20, "NET_SET_MTU", 8, 8, 0, 0},
	{31, "GET_INFLIGHT_FD", 20, 24, 0, 0},
	{32, "SET_INFLIGHT_FD", 20, 24, 1, 1},
	{34, "RESET_DEVICE", 0, 0, 0, 0},
	{36, "GET_MAX_MEM_SLOTS", 0, 0, 0, 0},
	{37, "ADD_MEM_REG", 40, 40, 1, 1},
	{38, "REM_MEM_REG", 40, 40, 0, 1},
	{39, "SET_STATUS", 8, 8, 0, 0},
	{40, "GET_STATUS", 0, 0, 0, 0},
};

/* A message of the kind with so many bytes and descriptors that is right otherwise. */
static struct vhost_msg message_of(__u32 request, size_t size, size_t n_fds)
{
	struct vhost_msg m = {.h = {request, V, (__u32)size}};

	if (request == VHOST_REQ_SET_MEM_TABLE)
		m.memory.n_regions = (__u32)n_fds;
	if (request >= VHOST_REQ_SET_VRING_KICK && request <= VHOST_REQ_SET_VRING_ERR && !n_fds)
		m.u64 = VHOST_MSG_FD_NONE;
	return m;
}

static int check(const struct vhost_msg *m, size_t n_fds, char *reason)
{
	strcpy(reason, "");
	return vhost_msg_check(m, VHOST_MSG_HEADER + m->h.size, n_fds, reason);
}

TEST(vhost_msg, each_kind_has_its_size_and_descriptors)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const struct shape *s = &shapes[i];
		char reason[VHOST_MSG_REASON], buf[16];

		assert_string_equal(vhost_request_name(s->request, buf), s->name);
		for (size_t size = 0; size <= 300; size++) {
			struct vhost_msg m = message_of(s->request, size, s->min_fds);
			int want = size >= s->min_size && size <= s->max_size ? 0 : -EPROTO;

			ROW_CHECK(s->name, check(&m, s->min_fds, reason) == want, "%zu bytes: %s",
				  size, reason);
			ROW_CHECK(s->name, !want == !reason[0], "%zu bytes: reason '%s'", size,
				  reason);
		}
		for (size_t n = 0; n <= VHOST_MSG_MAX_FDS; n++) {
			struct vhost_msg m = message_of(s->request, s->max_size, n);
			int want = n >= s->min_fds && n <= s->max_fds ? 0 : -EPROTO;

			ROW_CHECK(s->name, check(&m, n, reason) == want, "%zu fds: %s", n, reason);
		}
	}
}

TEST(vhost_msg, other_kinds_are_not_supported)
{
	size_t n_known = 0;

	for (__u32 request = 0; request < 200; request++) {
		struct vhost_msg m = {.h = {request, V, 8}};
		char reason[VHOST_MSG_REASON], want[64];
		bool known = false;

		for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
			known |= shapes[i].request == request;
		n_known += known;
		if (known)
			continue;
		assert_int_equal(check(&m, 0, reason), -EOPNOTSUPP);
		snprintf(want, sizeof(want), "request %u: not known, or not offered", request);
		assert_string_equal(reason, want);
		assert_int_equal(vhost_request_feature(request), -1);
	}
	assert_int_equal(n_known, sizeof(shapes) / sizeof(shapes[0]));
}

static const struct refusal {
	const char *name;
	struct vhost_msg m;
	size_t len; /* 0: what the header says */
	size_t n_fds;
	const char *want;
} refusals[] = {
	{"cut in the header", {.h = {1, V, 0}}, 11, 0, "message of 11 bytes, shorter than a header"},
	{"version 0", {.h = {1, 0, 0}}, 0, 0, "GET_FEATURES: version 0 of the protocol"},
	{"version 2", {.h = {1, 2, 0}}, 0, 0, "GET_FEATURES: version 2 of the protocol"},
	{"a reply",
	 {.h = {1, V | VHOST_MSG_REPLY, 0}},
	 0,
	 0,
	 "GET_FEATURES: a reply where a request belongs"},
	{"longer than all",
	 {.h = {24, V, 513}},
	 0,
	 0,
	 "request 24: payload of 513 bytes, more than any request has"},
	{"longest number",
	 {.h = {2, V, 0xffffffff}},
	 12,
	 0,
	 "SET_FEATURES: payload of 4294967295 bytes, more than any request has"},
	{"shorter than said",
	 {.h = {2, V, 8}},
	 19,
	 0,
	 "SET_FEATURES: message of 19 bytes, its header says 20"},
	{"longer than said",
	 {.h = {2, V, 8}},
	 21,
	 0,
	 "SET_FEATURES: message of 21 bytes, its header says 20"},
	{"too short", {.h = {2, V, 4}}, 0, 0, "SET_FEATURES: payload of 4 bytes"},
	{"a descriptor too many", {.h = {2, V, 8}}, 0, 1, "SET_FEATURES: 1 descriptors"},
	{"a descriptor missing", {.h = {37, V, 40}}, 0, 0, "ADD_MEM_REG: 0 descriptors"},
	{"nine regions",
	 {.h = {5, V, MEM(8)}, .memory.n_regions = 9},
	 0,
	 8,
	 "SET_MEM_TABLE: 9 regions, at most 8 are possible"},
	{"regions without end",
	 {.h = {5, V, MEM(8)}, .memory.n_regions = 0x8000001},
	 0,
	 1,
	 "SET_MEM_TABLE: 134217729 regions, at most 8 are possible"},
	{"regions that are not there",
	 {.h = {5, V, MEM(1)}, .memory.n_regions = 2},
	 0,
	 2,
	 "SET_MEM_TABLE: payload of 40 bytes for 2 regions"},
	{"region without descriptor",
	 {.h = {5, V, MEM(2)}, .memory.n_regions = 2},
	 0,
	 1,
	 "SET_MEM_TABLE: 1 descriptors for 2 regions"},
	{"descriptor without region",
	 {.h = {5, V, MEM(2)}, .memory.n_regions = 1},
	 0,
	 2,
	 "SET_MEM_TABLE: 2 descriptors for 1 regions"},
	{"kick: one is promised",
	 {.h = {12, V, 8}, .u64 = 3},
	 0,
	 0,
	 "SET_VRING_KICK: 0 descriptors, and it says one"},
	{"call: none is promised",
	 {.h = {13, V, 8}, .u64 = 0x103},
	 0,
	 1,
	 "SET_VRING_CALL: 1 descriptors, and it says none"},
	{"err: unknown bits",
	 {.h = {14, V, 8}, .u64 = 0x300},
	 0,
	 0,
	 "SET_VRING_ERR: unknown bits in 0x300"},
};

TEST(vhost_msg, a_refusal_says_why)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];
		size_t len = r->len ? r->len : VHOST_MSG_HEADER + r->m.h.size;
		char reason[VHOST_MSG_REASON] = "";

		ROW_CHECK(r->name, vhost_msg_check(&r->m, len, r->n_fds, reason) == -EPROTO, "%s",
			  reason);
		ROW_CHECK(r->name, !strcmp(reason, r->want), "'%s', not '%s'", reason, r->want);
	}
}

TEST(vhost_msg, bytes_are_header_and_payload_without_a_gap)
{
	struct vhost_msg m = {.h = {9, V, 40}}, back;
	__u8 bytes[VHOST_MSG_MAX + 8];

	m.addr = (struct vhost_msg_addr){.index = 1, .desc = 0x1122334455667788, .log_gpa = 7};
	assert_int_equal(vhost_msg_write(&m, bytes), 52);
	assert_memory_equal(bytes + 12, &m.addr, 40);
	vhost_msg_read(&back, bytes, 52);
	assert_memory_equal(&back, &m, sizeof(m));
	/* What did not come is 0, what is too much is left. */
	vhost_msg_read(&back, bytes, 16);
	assert_int_equal(back.addr.index, 1);
	assert_int_equal(back.addr.desc, 0);
	vhost_msg_read(&back, bytes, 3);
	assert_int_equal(back.h.request, 9);
	assert_int_equal(back.h.size, 0);
	memset(bytes, 0xff, sizeof(bytes));
	vhost_msg_read(&back, bytes, sizeof(bytes));
	assert_int_equal(back.bytes[VHOST_MSG_MAX_PAYLOAD - 1], 0xff);
}

TEST(vhost_msg, some_kinds_need_a_feature)
{
	assert_int_equal(vhost_request_feature(VHOST_REQ_SET_LOG_BASE), VHOST_PROTOCOL_LOG_SHMFD);
	assert_int_equal(vhost_request_feature(VHOST_REQ_ADD_MEM_REG), VHOST_PROTOCOL_MEM_SLOTS);
	assert_int_equal(vhost_request_feature(VHOST_REQ_GET_STATUS), VHOST_PROTOCOL_STATUS);
	assert_int_equal(vhost_request_feature(VHOST_REQ_RESET_DEVICE),
			 VHOST_PROTOCOL_RESET_DEVICE);
	assert_int_equal(vhost_request_feature(VHOST_REQ_SET_INFLIGHT_FD),
			 VHOST_PROTOCOL_INFLIGHT_SHMFD);
	assert_int_equal(vhost_request_feature(VHOST_REQ_GET_FEATURES), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(vhost_msg, each_kind_has_its_size_and_descriptors),
		TEST_ROW(vhost_msg, other_kinds_are_not_supported),
		TEST_ROW(vhost_msg, a_refusal_says_why),
		TEST_ROW(vhost_msg, bytes_are_header_and_payload_without_a_gap),
		TEST_ROW(vhost_msg, some_kinds_need_a_feature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
