# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests of loader/vhost: messages, the device, its socket.

TEST_OBJ_vhost_msg = $(B)/loader/vhost/vhost_msg.o
