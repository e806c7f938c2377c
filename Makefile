# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# xvs: variables, quiet mode and the fragments of each directory. `make help`.

PREFIX ?= /usr/local
DESTDIR ?=
B ?= build

# The newest clang that is there: newer ones make shorter BPF programs.
CLANG ?= $(firstword $(foreach c,clang-19 clang-18 clang-16 clang,$(if $(shell command -v $(c)),$(c))) clang)
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
CLANG_FORMAT ?= clang-format
PKG_CONFIG ?= pkg-config

SAN ?=
WERROR ?=
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Wno-unused-parameter -Wno-format-nonliteral $(if $(WERROR),-Werror)
CFLAGS ?= -O2 -g
SANFLAGS = $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
LIBS_PKGS = libbpf jansson libmnl libsystemd libxxhash liburcu-qsbr libxdp
LIBS_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(LIBS_PKGS) 2>/dev/null)
LIBS_LDLIBS := $(shell $(PKG_CONFIG) --libs $(LIBS_PKGS) 2>/dev/null)
CC_ALL = $(CC) -std=gnu11 -D_GNU_SOURCE $(CFLAGS) $(SANFLAGS) $(WARN) -MMD -MP
LD_ALL = $(CC) $(CFLAGS) $(SANFLAGS) $(LDFLAGS)

V ?=
Q = $(if $(V),,@)
msg = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(2)';)

.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

all: bpf loader ctl man ## build/xvsd, build/xvsctl and the manual pages

include bpf/bpf.mk
include loader/loader.mk
include ctl/ctl.mk
include tests/tests.mk
include selftests/selftests.mk
include docs/docs.mk
include .ci/ci.mk

clean: ## remove what was built
	$(Q)rm -rf $(B)

help: ## this list
	@grep -hE '^[a-z][a-z-]*:.*##' $(MAKEFILE_LIST) | sort | \
		awk -F':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

.PHONY: all clean help
-include $(shell find $(B) -name '*.d' 2>/dev/null)
