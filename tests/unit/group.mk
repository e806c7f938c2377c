# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Shares of a group's buckets are judged by their standard deviation.
TEST_LIBS_group = -lm

TEST_OBJ_rpc_vlans = $(B)/loader/control/rpc_vlans.o
