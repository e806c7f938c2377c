# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests of the vhost-user protocol: messages, the device, its socket.

VHOST_OBJ = $(patsubst %.c,$(B)/%.o,$(wildcard loader/vhost/*.c))

TEST_OBJ_vhost_msg = $(B)/loader/vhost/vhost_msg.o
TEST_OBJ_vhost_dev = $(VHOST_OBJ)
TEST_LIBS_vhost_dev = -lpthread
TEST_OBJ_vhost_socket = $(VHOST_OBJ)
TEST_LIBS_vhost_socket = -lpthread
FUZZ_SRC_vhost_msg = $(wildcard loader/vhost/*.c)
