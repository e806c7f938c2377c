# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The program of selftests/netns/differential_ovs.sh: random tables and packets
# through xvs's own classifier and translation, and through Open vSwitch.

OVS_DIFFERENTIAL = $(B)/selftests/ovs_differential
OVS_DIFFERENTIAL_OBJ = $(patsubst selftests/%.c,$(B)/selftests/obj/%.o,$(wildcard selftests/ovs/*.c)) \
	$(patsubst %.c,$(B)/%.o,$(wildcard loader/util/*.c loader/flow/*.c))

$(OVS_DIFFERENTIAL): $(OVS_DIFFERENTIAL_OBJ)
	$(call msg,LINK,$@)$(LD_ALL) $^ $(LIBS_LDLIBS) -o $@

selftest-build netns-tests: $(OVS_DIFFERENTIAL)
