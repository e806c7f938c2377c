# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Benchmarks: `make bench`, as root on a quiet machine. Not tests.

BENCH_BIN = $(B)/selftests/bench_lookup $(B)/selftests/bench_live
BENCH_SKEL = $(B)/selftests/obj/bench/gen.skel.h
# The stage of prog_tests, without its tests.
BENCH_STAGE_OBJ = $(patsubst %,$(B)/selftests/obj/%.o,packet bench/bench prog_tests/harness \
	prog_tests/results prog_tests/netdev) $(PROG_TESTS_LOADER_OBJ)

$(B)/selftests/obj/bench/gen.bpf.o: selftests/bench/gen.bpf.c
	$(call msg,BPF,$@)mkdir -p $(@D); $(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@.tmp && \
		$(BPFTOOL) gen object $@ $@.tmp

$(BENCH_SKEL): $(B)/selftests/obj/bench/gen.bpf.o
	$(call msg,SKEL,$@)$(BPFTOOL) gen skeleton $< name gen_bpf > $@

$(B)/selftests/obj/bench/bench_%.o: INC_selftests += -I$(B)/selftests/obj/bench
$(B)/selftests/obj/bench/bench_lookup.o $(B)/selftests/obj/bench/bench_live.o: | $(BENCH_SKEL)

$(BENCH_BIN): $(B)/selftests/bench_%: $(B)/selftests/obj/bench/bench_%.o $(BENCH_STAGE_OBJ)
	$(call msg,LINK,$@)$(LD_ALL) $^ $(LIBS_LDLIBS) -lelf -lz -lpthread -o $@

bench: $(BENCH_BIN) $(B)/xvsd $(B)/xvsctl $(SELFTEST_TOOLS) ## benchmarks; root and a quiet machine
	$(Q)B=$(B) selftests/bench/bench.sh
.PHONY: bench
