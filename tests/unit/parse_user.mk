# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The rows of selftests/prog_tests on the fast path compiled for user space.

PARSE_USER_SRC = selftests/packet.c selftests/prog_tests/random.c \
	$(wildcard selftests/prog_tests/rows_*.c)

TEST_OBJ_parse_user = $(DP_PURE_OBJ) $(PARSE_USER_SRC:selftests/%.c=$(B)/selftests/obj/%.o)
TEST_LIBS_parse_user = -lpthread
TEST_OBJ_user_hand_up = $(TEST_OBJ_parse_user)
TEST_LIBS_user_hand_up = -lpthread
TEST_OBJ_user_partial = $(TEST_OBJ_parse_user)
TEST_LIBS_user_partial = -lpthread
FUZZ_SRC_frame = $(DP_PURE_OBJ:$(B)/%.o=%.c) $(PARSE_USER_SRC)
TEST_OBJ_ct_rewrite = $(TEST_OBJ_parse_user)
TEST_LIBS_ct_rewrite = -lpthread
TEST_OBJ_ct_frag = $(TEST_OBJ_parse_user)
TEST_LIBS_ct_frag = -lpthread
TEST_OBJ_ct_icmp = $(TEST_OBJ_parse_user)
TEST_LIBS_ct_icmp = -lpthread
TEST_OBJ_ct_nat = $(TEST_OBJ_parse_user)
TEST_LIBS_ct_nat = -lpthread
TEST_OBJ_ct_nat_path = $(TEST_OBJ_parse_user)
TEST_LIBS_ct_nat_path = -lpthread
TEST_OBJ_ct_race = $(TEST_OBJ_parse_user)
TEST_LIBS_ct_race = -lpthread
