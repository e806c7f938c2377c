# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Composed frames are parsed by the fast path's steps and checked by packet.c.

TEST_OBJ_compose = $(B)/selftests/obj/packet.o
