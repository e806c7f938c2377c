// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/util/err.c: what an error keeps, and the codes' exit statuses, which
 * scripts rely on.
 */
#include "test.h"

#include <errno.h>

#include "err.h"

TEST(err, set_fills_and_returns_the_errno)
{
	struct err e;

	err_init(&e);
	assert_int_equal(e.code, XVS_RPC_OK);
	assert_int_equal(err_set(&e, -ENODEV, XVS_RPC_NOT_FOUND, "eth9", "port %s: %s", "eth9",
				 "no such device"),
			 -ENODEV);
	assert_int_equal(e.code, XVS_RPC_NOT_FOUND);
	assert_string_equal(e.message, "port eth9: no such device");
	assert_string_equal(e.object, "eth9");
	assert_string_equal(e.hint, "");
	assert_null(e.text);
	err_fini(&e);
}

TEST(err, null_is_accepted_everywhere)
{
	assert_int_equal(err_set(NULL, -EBUSY, XVS_RPC_BUSY, NULL, "x"), -EBUSY);
	err_hint(NULL, "x");
	err_place(NULL, "x", 0, 1);
}

TEST(err, setting_again_forgets_hint_and_place)
{
	struct err e;

	err_init(&e);
	err_set(&e, -EINVAL, XVS_RPC_SYNTAX, "a", "first");
	err_hint(&e, "do %d", 1);
	err_place(&e, "text", 1, 0);
	assert_string_equal(e.hint, "do 1");
	assert_int_equal(e.len, 1);
	err_set(&e, -EINVAL, XVS_RPC_FAILED, NULL, "second");
	assert_string_equal(e.hint, "");
	assert_string_equal(e.object, "");
	assert_null(e.text);
	err_fini(&e);
}

TEST(err, message_may_be_built_from_itself)
{
	struct err e;

	err_init(&e);
	err_set(&e, -EINVAL, XVS_RPC_FAILED, "obj", "inner");
	err_set(&e, -EINVAL, XVS_RPC_FAILED, e.object, "outer: %s", e.message);
	assert_string_equal(e.message, "outer: inner");
	assert_string_equal(e.object, "obj");
	err_fini(&e);
}

TEST(err, long_text_is_cut_not_overrun)
{
	char longer[2000];
	struct err e;

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	err_init(&e);
	err_set(&e, -EINVAL, XVS_RPC_FAILED, longer, "%s", longer);
	err_hint(&e, "%s", longer);
	err_place(&e, longer, 5, 2);
	assert_int_equal(strlen(e.message), sizeof(e.message) - 1);
	assert_int_equal(strlen(e.object), sizeof(e.object) - 1);
	assert_int_equal(strlen(e.hint), sizeof(e.hint) - 1);
	assert_string_equal(e.text, longer);
	err_fini(&e);
}

TEST(err, codes_have_the_exit_statuses_of_the_manual)
{
	static const struct {
		enum xvs_rpc_error code;
		const char *name;
		int status;
	} rows[] = {
		{XVS_RPC_OK, "ok", 0},
		{XVS_RPC_EXISTS, "exists", 1},
		{XVS_RPC_BUSY, "busy", 1},
		{XVS_RPC_PERMISSION, "permission", 1},
		{XVS_RPC_FULL, "full", 1},
		{XVS_RPC_UNSUPPORTED, "unsupported", 1},
		{XVS_RPC_FAILED, "failed", 1},
		{XVS_RPC_USAGE, "usage", 2},
		{XVS_RPC_SYNTAX, "syntax", 2},
		{XVS_RPC_NOT_FOUND, "not-found", 3},
		{XVS_RPC_UNREACHABLE, "unreachable", 4},
		{XVS_RPC_TIMEOUT, "timeout", 5},
	};

	assert_int_equal(sizeof(rows) / sizeof(rows[0]), XVS_RPC_ERROR_N);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(err_code_name(rows[i].code), rows[i].name);
		assert_int_equal(err_exit_status(rows[i].code), rows[i].status);
	}
	assert_string_equal(err_code_name(XVS_RPC_ERROR_N), "failed");
	assert_int_equal(err_exit_status(XVS_RPC_ERROR_N), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(err, set_fills_and_returns_the_errno),
		TEST_ROW(err, null_is_accepted_everywhere),
		TEST_ROW(err, setting_again_forgets_hint_and_place),
		TEST_ROW(err, message_may_be_built_from_itself),
		TEST_ROW(err, long_text_is_cut_not_overrun),
		TEST_ROW(err, codes_have_the_exit_statuses_of_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
