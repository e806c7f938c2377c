# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests of loader/datapath: all of it that needs no kernel.

DP_PURE_OBJ = $(patsubst %,$(B)/loader/datapath/%.o,dp dp_pool dp_tables dp_bucket dp_subtable dp_order \
	dp_program dp_meter dp_port dp_rx_socket dp_stats dp_grace dp_reader dp_sizes dp_upcall dp_fake \
	dp_ct dp_ct_zone dp_ct_expect)

TEST_OBJ_dp_tables = $(DP_PURE_OBJ)
TEST_LIBS_dp_tables = -lpthread
TEST_OBJ_dp_reader = $(DP_PURE_OBJ)
TEST_LIBS_dp_reader = -lpthread
TEST_OBJ_user_path = $(DP_PURE_OBJ)
TEST_OBJ_dp_meter = $(DP_PURE_OBJ)
TEST_LIBS_dp_meter = -lpthread
TEST_OBJ_dp_change = $(DP_PURE_OBJ)
TEST_LIBS_dp_change = -lpthread
TEST_OBJ_dp_ct = $(DP_PURE_OBJ)
TEST_LIBS_dp_ct = -lpthread
