# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# xvsctl: the tool. Of the rest of the tree it may use the protocol and names of
# include/xvs and loader/util, nothing else.

INC_ctl = -Iinclude -Iloader/util -Ictl
CTL_SRC = $(wildcard ctl/*.c)
CTL_OBJ = $(CTL_SRC:%.c=$(B)/%.o)
CTL_UTIL_OBJ = $(patsubst %,$(B)/loader/util/%.o,err strbuf)

$(B)/ctl/%.o: ctl/%.c
	$(call msg,CC,$@)mkdir -p $(@D); $(CC_ALL) $(LIBS_CFLAGS) $(INC_ctl) -c $< -o $@

$(B)/xvsctl: $(CTL_OBJ) $(CTL_UTIL_OBJ)
	$(call msg,LINK,$@)$(LD_ALL) $^ -ljansson -o $@

ctl: $(B)/xvsctl ## the command line tool
.PHONY: ctl
