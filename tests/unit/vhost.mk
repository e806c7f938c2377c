# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests of loader/vhost: rings and memory, with a driver in the process.

VRING_SRC = $(filter-out loader/vhost/vhost_dev%.c loader/vhost/vhost_msg%.c \
	loader/vhost/vhost_socket%.c, $(wildcard loader/vhost/*.c))
VRING_OBJ = $(VRING_SRC:%.c=$(B)/%.o)
VRING_STAGE_OBJ = $(VRING_OBJ) $(B)/tests/vring_driver.o $(B)/tests/vring_stage.o

TEST_OBJ_vring = $(VRING_STAGE_OBJ)
TEST_LIBS_vring = -lpthread
