# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tests that need no privileges: unit and property tests, fuzzing.
#
#   make check                                    all of them
#   make check TESTS='field flow'                 these
#   make check B=build/san SAN=address,undefined  with sanitizers, in a tree of its own
#   make fuzz FUZZ_SECONDS=60                     shared equally by the targets
#
# tests/unit/test_NAME.c becomes one program, linked with loader/util,
# loader/flow and tests/oracle. What more it needs it says here or in a
# tests/*/*.mk fragment:
#
#   TEST_OBJ_NAME   objects ($(B)/loader/datapath/dp_tables.o ...)
#   TEST_DEP_NAME   what has to be made before it is compiled or run
#   TEST_LIBS_NAME  libraries
#   FUZZ_SRC_NAME   sources, for tests/fuzz/fuzz_NAME.c

TESTS ?= $(patsubst tests/unit/test_%.c,%,$(wildcard tests/unit/test_*.c))
TEST_BIN = $(TESTS:%=$(B)/tests/unit/test_%)
TEST_COMMON_OBJ = $(patsubst %.c,$(B)/%.o,$(wildcard loader/util/*.c loader/flow/*.c \
	tests/oracle/*.c))
INC_tests = $(INC_control) -Iloader/vhost -Ibpf -Itests -Itests/oracle -I.

-include $(wildcard tests/*/*.mk)

$(B)/tests/%.o: tests/%.c
	$(call msg,CC,$@)mkdir -p $(@D); $(CC_ALL) $(LIBS_CFLAGS) $(INC_tests) \
		$(TEST_CFLAGS_$(patsubst test_%,%,$(*F))) -c $< -o $@

define test_rule
$(B)/tests/unit/test_$(1).o: | $(TEST_DEP_$(1))
$(B)/tests/unit/test_$(1): $(B)/tests/unit/test_$(1).o $(TEST_COMMON_OBJ) $(TEST_OBJ_$(1))
	$$(call msg,LINK,$$@)$$(LD_ALL) $$^ $$(LIBS_LDLIBS) $$(TEST_LIBS_$(1)) -lcmocka -o $$@
endef
$(foreach t,$(TESTS),$(eval $(call test_rule,$(t))))

check: $(TEST_BIN) ## unit and property tests; no privileges needed
	$(Q)tests/run_unit.sh $(TEST_BIN)

# Fuzz targets are compiled whole with the sanitizers, away from other objects.
FUZZ_SECONDS ?= 60
FUZZ_SAN = address,undefined
FUZZ = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_CC = $(CLANG) -std=gnu11 -D_GNU_SOURCE -O1 -g $(WARN) -MMD -MP -fno-omit-frame-pointer \
	-fno-sanitize-recover=undefined
FUZZ_COMMON_OBJ = $(patsubst %.c,$(B)/fuzz/%.o,$(wildcard loader/util/*.c loader/flow/*.c))

$(B)/fuzz/%.o: %.c
	$(call msg,FUZZCC,$@)mkdir -p $(@D); $(FUZZ_CC) -fsanitize=fuzzer-no-link,$(FUZZ_SAN) \
		$(LIBS_CFLAGS) $(INC_tests) -c $< -o $@

define fuzz_rule
$(B)/fuzz/fuzz_$(1): $(B)/fuzz/tests/fuzz/fuzz_$(1).o $(FUZZ_COMMON_OBJ) \
		$(patsubst %.c,$(B)/fuzz/%.o,$(FUZZ_SRC_$(1)))
	$$(call msg,LINK,$$@)$$(CLANG) -g -fsanitize=fuzzer,$$(FUZZ_SAN) $$^ $$(LIBS_LDLIBS) -o $$@
endef
$(foreach t,$(FUZZ),$(eval $(call fuzz_rule,$(t))))

fuzz: $(FUZZ:%=$(B)/fuzz/fuzz_%) ## fuzz targets, FUZZ_SECONDS together
	$(Q)tests/run_fuzz.sh $(FUZZ_SECONDS) $(B)/fuzz $(FUZZ)

.PHONY: check fuzz
