# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Benchmarks: `make bench`, as root on a quiet machine. Not tests.

BENCH_BIN = $(B)/selftests/bench_lookup $(B)/selftests/bench_live $(B)/selftests/bench_pipeline
BENCH_SKEL = $(B)/selftests/obj/bench/gen.skel.h
# The stage of prog_tests, without its tests.
BENCH_STAGE_OBJ = $(patsubst %,$(B)/selftests/obj/%.o,packet bench/bench prog_tests/harness \
	prog_tests/results prog_tests/netdev prog_tests/sw_text) $(PROG_TESTS_LOADER_OBJ)

$(B)/selftests/obj/bench/gen.bpf.o: selftests/bench/gen.bpf.c
	$(call msg,BPF,$@)mkdir -p $(@D); $(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@.tmp && \
		$(BPFTOOL) gen object $@ $@.tmp

$(BENCH_SKEL): $(B)/selftests/obj/bench/gen.bpf.o
	$(call msg,SKEL,$@)$(BPFTOOL) gen skeleton $< name gen_bpf > $@

$(B)/selftests/obj/bench/bench_%.o: INC_selftests += -I$(B)/selftests/obj/bench
$(B)/selftests/obj/bench/live_gen.o: INC_selftests += -I$(B)/selftests/obj/bench
$(BENCH_BIN:$(B)/selftests/%=$(B)/selftests/obj/bench/%.o): | $(BENCH_SKEL)

$(BENCH_BIN): $(B)/selftests/bench_%: $(B)/selftests/obj/bench/bench_%.o $(BENCH_STAGE_OBJ)
	$(call msg,LINK,$@)$(LD_ALL) $^ $(LIBS_LDLIBS) -lelf -lz -lpthread -o $@

# Connections, with the stage of their tests.
$(B)/selftests/bench_ct: $(patsubst %,$(B)/selftests/obj/%.o,bench/bench_ct prog_tests/ct_stage) \
		$(BENCH_STAGE_OBJ)
	$(call msg,LINK,$@)$(LD_ALL) $^ $(LIBS_LDLIBS) -lelf -lz -lpthread -o $@

# The classifier alone, and the rule sets that it is measured with.
BENCH_CLASSIFIER = $(B)/selftests/bench_classifier $(B)/selftests/rulegen
BENCH_CLASSIFIER_OBJ = $(patsubst %,$(B)/selftests/obj/bench/%.o,bench_classifier bench_shape \
	measure ruleset bench) $(patsubst %.c,$(B)/%.o,$(wildcard loader/util/*.c loader/flow/*.c))
BENCH_ZIPF = $(B)/selftests/zipf_send $(B)/xvsd $(B)/xvsctl $(SELFTEST_TOOLS)
RULEGEN_OBJ = $(patsubst %,$(B)/selftests/obj/bench/%.o,rulegen_main rulegen rulegen_profile \
	rulegen_trace ruleset)

$(B)/selftests/bench_classifier: $(BENCH_CLASSIFIER_OBJ)
	$(call msg,LINK,$@)$(LD_ALL) $^ $(LIBS_LDLIBS) -o $@

$(B)/selftests/rulegen: $(RULEGEN_OBJ)
	$(call msg,LINK,$@)$(LD_ALL) $^ -lm -o $@

$(B)/selftests/zipf_send: $(patsubst %,$(B)/selftests/obj/bench/%.o,zipf_send ruleset)
	$(call msg,LINK,$@)$(LD_ALL) $^ -o $@

# The generator alone: it measures the real switch.
$(B)/selftests/obj/bench/live_gen.o: | $(BENCH_SKEL)

$(B)/selftests/live_gen: $(B)/selftests/obj/bench/live_gen.o
	$(call msg,LINK,$@)$(LD_ALL) $^ $(LIBS_LDLIBS) -lelf -lz -o $@

# Rings of vhost-user guests, with a driver in the process.
$(B)/selftests/obj/vring_driver.o $(B)/selftests/obj/bench/bench_vring.o: \
	INC_selftests += -Iloader/vhost

$(B)/selftests/bench_vring: $(patsubst %,$(B)/selftests/obj/%.o,bench/bench_vring vring_driver) \
		$(patsubst %,$(B)/loader/vhost/%.o,guest_mem guest_mem_guard vring vring_chain \
		vring_tx vring_rx vring_split vring_packed vhost_inflight vhost_inflight_packed \
		vhost_notify)
	$(call msg,LINK,$@)$(LD_ALL) $^ -lpthread -o $@

# A sweep of the cache, over the datapath in plain memory.
$(B)/selftests/obj/bench/bench_sweep.o: INC_selftests += -Iloader/slowpath

$(B)/selftests/bench_sweep: $(patsubst %,$(B)/selftests/obj/bench/%.o,bench_sweep bench) \
		$(patsubst %.c,$(B)/%.o,$(wildcard loader/util/*.c loader/flow/*.c)) \
		$(DP_PURE_OBJ) $(B)/loader/slowpath/ukey.o
	$(call msg,LINK,$@)$(LD_ALL) $^ $(LIBS_LDLIBS) -lpthread -o $@

$(B)/selftests/bench_policy: $(patsubst %,$(B)/selftests/obj/bench/%.o,bench_policy bench) \
		$(patsubst %.c,$(B)/%.o,$(wildcard loader/util/*.c loader/flow/*.c))
	$(call msg,LINK,$@)$(LD_ALL) $^ $(LIBS_LDLIBS) -o $@

# Those that are made of our own sources alone.
bench-build: $(BENCH_BIN) $(B)/selftests/live_gen $(B)/selftests/bench_sweep \
		$(B)/selftests/bench_vring $(B)/selftests/bench_policy $(B)/selftests/bench_ct

bench: bench-build $(BENCH_CLASSIFIER) $(BENCH_ZIPF) ## benchmarks; root and a quiet machine
	$(Q)B=$(B) selftests/bench/bench.sh

bench-classifier: $(BENCH_CLASSIFIER) ## the classifier beside Open vSwitch's; no privileges
	$(Q)B=$(B) selftests/bench/classifier.sh

bench-ct: $(B)/selftests/bench_ct ## what connection tracking costs a packet; root
	$(Q)unshare --net --mount $<

bench-policy: $(B)/selftests/bench_policy ## a firewall of 10,000 rules and 1,000 groups; no privileges
	$(Q)$<

bench-zipf: $(B)/selftests/rulegen $(BENCH_ZIPF) ## subtables probed with Zipf traffic (G4)
	$(Q)B=$(B) LIMIT=600 selftests/run.sh -v selftests/bench/zipf_cache.sh

bench-vhost: selftest-build ## vhost-user guests beside Open vSwitch's user-space datapath
	$(Q)B=$(B) LIMIT=1200 selftests/run.sh -v selftests/bench/vhost.sh

bench-pressure: selftest-build $(B)/selftests/live_gen ## storms, explosion, first packets, many flows (G5, G10, G12, G16)
	$(Q)B=$(B) LIMIT=1800 selftests/run.sh -v selftests/bench/pressure.sh

bench-ct-crr: selftest-build ## connections a second with stateful rules, beside the Linux bridge
	$(Q)B=$(B) LIMIT=1800 selftests/run.sh -v selftests/bench/ct_crr.sh

bench-ct-million: selftest-build ## a million connections, and their memory
	$(Q)B=$(B) LIMIT=600 selftests/run.sh -v selftests/bench/ct_million.sh

bench-policy-change: selftest-build ## a policy of 10,000 rules in a running switch: load, one change
	$(Q)B=$(B) LIMIT=600 selftests/run.sh -v selftests/bench/policy_change.sh

.PHONY: bench bench-build bench-classifier bench-policy bench-ct bench-zipf bench-vhost \
	bench-pressure bench-ct-crr bench-ct-million bench-policy-change
