# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# xvsd. Each directory is compiled with the include paths of its rank only, so
# that a wrong dependency does not build (docs/ARCHITECTURE.md).

INC_util = -Iinclude -Iloader/util
INC_flow = $(INC_util) -Iloader/flow
INC_vhost = $(INC_util) -Iloader/vhost
INC_datapath = $(INC_flow) -Iloader/datapath -I$(B)/bpf
INC_forward = $(INC_flow) -Ibpf -Iloader/datapath -Iloader/vhost -Iloader/forward
INC_port = $(INC_flow) -Iloader/port -Iloader/datapath -Iloader/vhost -Iloader/forward
INC_slowpath = $(INC_flow) -Iloader/datapath -Iloader/port -Iloader/forward -Iloader/slowpath
INC_control = $(INC_slowpath) -Iloader/control
INC_main = $(INC_control) -Iloader

LOADER_RANKS = util flow vhost datapath forward port slowpath control
LOADER_SRC = $(foreach d,$(LOADER_RANKS),$(wildcard loader/$(d)/*.c)) $(wildcard loader/*.c)
LOADER_OBJ = $(LOADER_SRC:%.c=$(B)/%.o)

define loader_rule
$(B)/loader/$(1)/%.o: loader/$(1)/%.c
	$$(call msg,CC,$$@)mkdir -p $$(@D); $$(CC_ALL) $$(LIBS_CFLAGS) $$(INC_$(1)) -c $$< -o $$@
endef
$(foreach d,$(LOADER_RANKS),$(eval $(call loader_rule,$(d))))
$(B)/loader/%.o: loader/%.c
	$(call msg,CC,$@)mkdir -p $(@D); $(CC_ALL) $(LIBS_CFLAGS) $(INC_main) -c $< -o $@

# The skeleton is made from the programs; the objects that include it wait.
$(patsubst %.c,$(B)/%.o,$(wildcard loader/datapath/*.c)): | $(BPF_SKEL) $(BPF_TRACE_SKEL) \
	$(BPF_XSK_SKEL)

$(B)/xvsd: $(LOADER_OBJ)
	$(call msg,LINK,$@)$(LD_ALL) $^ $(LIBS_LDLIBS) -lelf -lz -lpthread -o $@

loader: $(B)/xvsd ## the daemon
.PHONY: loader
