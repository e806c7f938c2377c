# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# bpf/: compile the units, link them to one object, make the skeletons.

BPF_UNITS = maps leaf xdp tc
BPF_OBJS = $(BPF_UNITS:%=$(B)/bpf/%.bpf.o)
BPF_SKEL = $(B)/bpf/xvs.skel.h
# Of its own, as it may fail to load where tracing is locked down.
BPF_TRACE_SKEL = $(B)/bpf/xvs_trace.skel.h
# Of its own, as it is loaded once for each xsk port.
BPF_XSK_SKEL = $(B)/bpf/xvs_xsk.skel.h
BPF_LIBBPF_CFLAGS := $(shell $(PKG_CONFIG) --cflags-only-I libbpf 2>/dev/null)
BPF_CFLAGS = -target bpf -mcpu=v3 -O2 -g -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wno-unused-parameter $(if $(WERROR),-Werror) -I. -Iinclude -Ibpf $(BPF_LIBBPF_CFLAGS)

bpf: $(BPF_SKEL) $(BPF_TRACE_SKEL) $(BPF_XSK_SKEL) ## the BPF objects and their skeletons

$(B)/bpf/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	$(call msg,BPF,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

# Linking drops DWARF, which the skeleton would embed otherwise.
$(B)/bpf/xvs.bpf.o: $(BPF_OBJS)
	$(call msg,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/bpf/xvs_%.bpf.o: $(B)/bpf/%.bpf.o
	$(call msg,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/bpf/%.skel.h: $(B)/bpf/%.bpf.o
	$(call msg,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

# Only when asked for by name: the programs depend on the file as it is kept.
ifneq ($(filter vmlinux.h,$(MAKECMDGOALS)),)
vmlinux.h: ## take the kernel types anew from the running kernel
	$(call msg,BTF,$@)
	$(Q)bpf/vmlinux.sh $(BPFTOOL) > $@.tmp && mv $@.tmp $@
.PHONY: vmlinux.h
endif

.PHONY: bpf
