# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The chores: dependencies, the whole test run, lint, format, installation.

deps: ## install what is missing (Debian; elsewhere prints the list)
	$(Q).ci/deps.sh test

# What was missing when make read its fragments is there after deps: start anew.
test: ## install what is missing, build, and run every test (root)
	$(Q).ci/deps.sh test
	$(Q)B=$(B) MAKE='$(MAKE)' .ci/test

lint: $(BPF_SKEL) ## includes, sizes, words, licences, headers, scripts
	$(Q)B=$(B) CC='$(CC)' LIBS_CFLAGS='$(LIBS_CFLAGS)' tests/lint/run.sh

header-check: $(BPF_SKEL) ## every header compiles alone
	$(Q)B=$(B) CC='$(CC)' LIBS_CFLAGS='$(LIBS_CFLAGS)' tests/lint/headers.sh

format: ## format all C files
	$(Q)CLANG_FORMAT='$(CLANG_FORMAT)' .ci/format.sh

format-check: ## tell which are not formatted
	$(Q)CLANG_FORMAT='$(CLANG_FORMAT)' .ci/format.sh check

SBIN = $(DESTDIR)$(PREFIX)/sbin
MAN8 = $(DESTDIR)$(PREFIX)/share/man/man8
COMPLETIONS = $(DESTDIR)$(PREFIX)/share/bash-completion/completions

install: all ## to DESTDIR/PREFIX
	$(Q)install -d $(SBIN) $(MAN8)
	$(Q)install -m 755 $(B)/xvsd $(B)/xvsctl $(SBIN)
	$(Q)$(if $(wildcard $(B)/man/*.8),install -m 644 $(wildcard $(B)/man/*.8) $(MAN8))
	$(Q)install -d $(COMPLETIONS) && $(B)/xvsctl completion >$(COMPLETIONS)/xvsctl

uninstall: ## undo install
	$(Q)rm -f $(SBIN)/xvsd $(SBIN)/xvsctl $(MAN8)/xvsd.8 $(MAN8)/xvsctl.8 $(COMPLETIONS)/xvsctl

.PHONY: deps test lint header-check format format-check install uninstall
