# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The pure parts of loader/port; of the table of ports what needs no device.
TEST_OBJ_undo = $(B)/loader/port/undo.o
TEST_OBJ_port_tx = $(B)/loader/port/port_tx.o $(B)/loader/port/tunnel.o
TEST_OBJ_netdev_hook = $(B)/loader/port/netdev_hook.o
TEST_OBJ_xsk_handout = $(B)/loader/port/xsk_handout.o
TEST_OBJ_losses = $(B)/loader/port/losses.o
TEST_OBJ_port_patch = $(patsubst %.c,$(B)/%.o,$(wildcard loader/port/*.c loader/forward/*.c \
	loader/vhost/*.c)) $(DP_PURE_OBJ)
TEST_LIBS_port_patch = -lpthread
