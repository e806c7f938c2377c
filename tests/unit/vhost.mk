# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests of loader/vhost: rings and memory, with a driver in the process.

VRING_SRC = $(filter-out loader/vhost/vhost_dev%.c loader/vhost/vhost_msg%.c \
	loader/vhost/vhost_socket%.c, $(wildcard loader/vhost/*.c))
VRING_OBJ = $(VRING_SRC:%.c=$(B)/%.o)

TEST_OBJ_guest_mem = $(VRING_OBJ)
TEST_LIBS_guest_mem = -lpthread

define vring_test
TEST_OBJ_$(1) = $(VRING_OBJ) $(B)/selftests/obj/vring_driver.o $(B)/tests/vring_stage.o
TEST_LIBS_$(1) = -lpthread
endef
$(foreach t,vring vring_hostile vring_memory vring_notify vhost_inflight,$(eval $(call vring_test,$(t))))

FUZZ_SRC_vring = $(VRING_SRC)
