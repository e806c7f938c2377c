# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Manual pages. Their lists (commands, options, drop reasons, exit statuses, fields
# and actions of flows, services of policies) are printed by docs/man/man_tables.c from
# the tables that the programs use.

MAN_PAGES = xvsctl.8 xvsd.8 xvs-flows.7 xvs-policy.7
MAN_TABLES = global_options commands drop_reasons exit_statuses xvsd_options \
	flow_fields flow_actions policy_services
MAN_OBJ = $(B)/docs/man/man_tables.o $(B)/ctl/command.o $(B)/loader/options.o \
	$(patsubst %.c,$(B)/%.o,$(wildcard loader/util/*.c loader/flow/*.c))
RST2MAN ?= $(shell command -v rst2man || command -v rst2man.py)

$(B)/docs/man/man_tables.o: docs/man/man_tables.c
	$(call msg,CC,$@)mkdir -p $(@D); $(CC_ALL) $(INC_ctl) $(INC_flow) -Iloader -c $< -o $@

$(B)/docs/man/man_tables: $(MAN_OBJ)
	$(call msg,LINK,$@)$(LD_ALL) $^ $(LIBS_LDLIBS) -o $@

$(filter-out %/xvsd_options.rst,$(MAN_TABLES:%=$(B)/man/%.rst)): $(B)/man/%.rst: $(B)/docs/man/man_tables
	$(Q)mkdir -p $(@D); $< $* >$@

# Indented: a literal block.
$(B)/man/xvsd_options.rst: $(B)/docs/man/man_tables
	$(Q)mkdir -p $(@D); { printf '::\n\n'; $< xvsd_options | sed 's/^/    /'; } >$@

# Beside the tables that it includes.
$(MAN_PAGES:%=$(B)/man/%): $(B)/man/%: docs/man/%.rst $(MAN_TABLES:%=$(B)/man/%.rst)
	$(call msg,MAN,$@)cp $< $@.rst && $(RST2MAN) --halt=warning $@.rst $@

ifeq ($(strip $(RST2MAN)),)
man:
	@echo "  MAN      left out: rst2man (package python3-docutils) is not installed"
else
man: $(MAN_PAGES:%=$(B)/man/%) ## the manual pages (build/man)
endif
.PHONY: man
