# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests of loader/slowpath: what of it is pure.

TEST_OBJ_ukey = $(B)/loader/slowpath/ukey.o $(DP_PURE_OBJ)
TEST_LIBS_ukey = -lpthread

TEST_OBJ_evict = $(B)/loader/slowpath/evict.o
TEST_OBJ_flow_limit = $(B)/loader/slowpath/flow_limit.o

TEST_OBJ_model_names = $(B)/loader/slowpath/model_names.o

TEST_OBJ_fast_path = $(B)/loader/slowpath/fast_path.o

TEST_OBJ_model_monitor = $(B)/loader/slowpath/model_monitor.o
TEST_LIBS_model_monitor = -lpthread

TEST_OBJ_upcall_queue = $(B)/loader/slowpath/upcall_queue.o

TEST_OBJ_ct_expect = $(B)/loader/slowpath/ct_expect.o $(DP_PURE_OBJ)
TEST_LIBS_ct_expect = -lpthread
