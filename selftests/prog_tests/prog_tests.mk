# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The BPF_PROG_RUN suite: build/selftests/prog_tests, needs root to run.
#
#   build/selftests/prog_tests                    all of it
#   build/selftests/prog_tests --only ipv6/frag   tests whose name has this
#   build/selftests/prog_tests --verified-insns   what the verifier walked

PROG_TESTS_SRC = $(wildcard selftests/prog_tests/*.c) selftests/packet.c
PROG_TESTS_OBJ = $(PROG_TESTS_SRC:selftests/%.c=$(B)/selftests/obj/%.o)
# The real datapath, its sockets, and the reference executor, nothing above them.
PROG_TESTS_LOADER_OBJ = $(patsubst %.c,$(B)/%.o,$(wildcard loader/util/*.c loader/datapath/*.c \
	loader/flow/*.c) loader/forward/xsk.c)
INC_selftests = $(INC_datapath) -Iloader/forward -I.

$(B)/selftests/obj/%.o: selftests/%.c
	$(call msg,CC,$@)mkdir -p $(@D); $(CC_ALL) $(LIBS_CFLAGS) $(INC_selftests) -c $< -o $@

$(B)/selftests/prog_tests: $(PROG_TESTS_OBJ) $(PROG_TESTS_LOADER_OBJ)
	$(call msg,LINK,$@)$(LD_ALL) $^ $(LIBS_LDLIBS) -lelf -lz -lpthread -o $@
