# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The programs of selftests/netns/differential_ovs*.sh: random tables, pipelines
# and packets through xvs's own classifier and translation, and through Open
# vSwitch.

OVS_OBJ = $(B)/selftests/obj/ovs
# One table: verdicts and megaflows.
OVS_TABLE_OBJ = $(patsubst %,$(OVS_OBJ)/%.o,differential answer odp_text ovs_side xvs_side)
# Several tables: what becomes of the frame.
OVS_PIPELINE_OBJ = $(patsubst %,$(OVS_OBJ)/%.o,pipeline_main coverage effect field_rows \
	frame_edit frame_of_key odp_actions odp_ct odp_set ovs_pipe pipeline pipeline_change \
	pipeline_groups pipeline_list pipeline_row_table pipeline_rows pipeline_rules \
	pipeline_run pipeline_shrink sample scenario track xvs_pipe xvs_pipe_load) \
	$(B)/selftests/obj/packet.o $(B)/loader/forward/frame_parse.o
OVS_COMMON_OBJ = $(patsubst %,$(OVS_OBJ)/%.o,random_packet random_table table_kind table_value \
	unixctl) $(patsubst %.c,$(B)/%.o,$(wildcard loader/util/*.c loader/flow/*.c))

$(OVS_OBJ)/%.o: INC_selftests += -Iselftests -Iloader/forward

$(B)/selftests/ovs_differential: $(OVS_TABLE_OBJ) $(OVS_COMMON_OBJ)
	$(call msg,LINK,$@)$(LD_ALL) $^ $(LIBS_LDLIBS) -o $@

$(B)/selftests/ovs_pipeline: $(OVS_PIPELINE_OBJ) $(OVS_COMMON_OBJ)
	$(call msg,LINK,$@)$(LD_ALL) $^ $(LIBS_LDLIBS) -o $@

selftest-build netns-tests: $(B)/selftests/ovs_differential $(B)/selftests/ovs_pipeline
