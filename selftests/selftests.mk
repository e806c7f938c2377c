# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tests that need root: BPF_PROG_RUN, name spaces, guests, and the demo. All of
# them make what they need and leave nothing (docs/TESTING.md).
#
#   make netns-tests                              name space scripts, but for the long ones
#   make netns-tests NETNS='l2_forward acl_drop'  these
#   make netns-tests B=build/san SAN=address,undefined
#   make vm-test KERNELS=6.1
#   make guest-tests GUESTS='tap' LOAD_SECONDS=10

NETNS ?=
# With the lengths that they promise something for these have a target of their own.
NETNS_LONG = storm stall rule_change_load counters_churn idle_wakeups ct_syn_flood
# These take half a minute each; CI runs them, `make test` does not.
NETNS_SLOW = mirror meter_rate upt_flips mask_level flow_replace_100k pipeline_wire \
	differential_ovs_pipeline timeouts
NETNS_DAILY = $(filter-out $(NETNS_LONG) $(NETNS_SLOW),$(patsubst selftests/netns/%.sh,%, \
	$(wildcard selftests/netns/*.sh)))
KERNELS ?=
GUESTS ?=
GUEST_SCRIPTS = $(if $(GUESTS),$(GUESTS:%=selftests/guests/%.sh),$(wildcard selftests/guests/*.sh))
HOSTILE_SRC = $(wildcard selftests/tools/hostile/*.c)
SELFTEST_TOOLS = $(patsubst selftests/tools/%.c,$(B)/selftests/tools/%, \
	$(wildcard selftests/tools/*.c)) $(B)/selftests/tools/vhost_hostile

-include selftests/prog_tests/prog_tests.mk selftests/bench/bench.mk \
	selftests/bench/ablation.mk selftests/ovs/ovs.mk

# The guests' side of a test: never with sanitizers, they would only slow it.
$(B)/selftests/tools/%: selftests/tools/%.c
	$(call msg,CC,$@)mkdir -p $(@D); $(CC) -std=gnu11 -D_GNU_SOURCE -O2 -g $(WARN) $< -o $@

$(B)/selftests/tools/flow_storm: selftests/tools/raw_frame.h
$(B)/selftests/tools/vhost_guest $(B)/selftests/tools/vhost_idle: selftests/tools/vhost_user.h

$(B)/selftests/tools/vhost_hostile: $(HOSTILE_SRC) selftests/tools/hostile/hostile.h \
		selftests/tools/vhost_user.h
	$(call msg,CC,$@)mkdir -p $(@D); $(CC) -std=gnu11 -D_GNU_SOURCE -O2 -g $(WARN) \
		-Iselftests/tools $(HOSTILE_SRC) -o $@

selftest-build: $(B)/xvsd $(B)/xvsctl $(B)/selftests/prog_tests $(SELFTEST_TOOLS)

selftest: prog-tests verifier-budget netns-tests ## all that needs root, but for guests

prog-tests: $(B)/selftests/prog_tests ## BPF_PROG_RUN: parser, actions, drops, cache
	$(Q)unshare --net --mount $<

netns-tests: $(B)/xvsd $(B)/xvsctl $(SELFTEST_TOOLS) ## the name space scripts (NETNS=...)
	$(Q)B=$(B) selftests/run.sh $(or $(NETNS),$(NETNS_DAILY))

slow-tests: $(B)/xvsd $(B)/xvsctl $(SELFTEST_TOOLS) ## name space scripts that take longer than others
	$(Q)B=$(B) selftests/run.sh $(NETNS_SLOW)

pressure-tests: $(B)/xvsd $(B)/xvsctl $(SELFTEST_TOOLS) ## storms, a daemon that is stopped, changes under load
	$(Q)B=$(B) STORM_SECONDS=30 STALL_SECONDS=10 FLOOD_SECONDS=10 SECONDS_DEAD=60 \
		selftests/run.sh $(NETNS_LONG) ct_kill_daemon

verifier-budget: $(B)/selftests/prog_tests ## verified instructions against the budget
	$(Q)B=$(B) selftests/verifier/budget.sh

vm-test: selftest-build ## the same in guests with other kernels (KERNELS=...), and guest-tests
	$(Q)B=$(B) selftests/vm/run_vm.sh $(KERNELS)
	$(Q)B=$(B) LIMIT=600 selftests/run.sh $(GUEST_SCRIPTS)

guest-tests: selftest-build ## QEMU guests on ports of every kind (GUESTS=...)
	$(Q)B=$(B) LIMIT=600 selftests/run.sh $(GUEST_SCRIPTS)

soak: selftest-build ## the same with ten minutes of mixed load each, and of hostile guests
	$(Q)B=$(B) LIMIT=1800 LOAD_SECONDS=600 selftests/run.sh $(GUEST_SCRIPTS)
	$(Q)B=$(B) LIMIT=900 HOSTILE_SECONDS=600 HOSTILE_SEED=$$(date +%s) selftests/run.sh vhost_hostile

docs-test: all $(SELFTEST_TOOLS) ## the commands of README and manual pages, executed
	$(Q)B=$(B) selftests/run.sh selftests/docs/readme_quickstart.sh selftests/docs/man_examples.sh

# What was missing when make read its fragments is there after deps: start anew.
demo: ## install what is missing, build, and show the main job in a minute
	$(Q).ci/deps.sh run
	$(Q)$(MAKE) --no-print-directory all $(SELFTEST_TOOLS)
	$(Q)B=$(B) selftests/demo.sh

.PHONY: selftest-build selftest prog-tests netns-tests slow-tests pressure-tests verifier-budget vm-test guest-tests soak \
	docs-test demo
