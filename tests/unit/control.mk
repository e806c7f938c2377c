# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests of ctl and of the control socket. The server's runs the real event
# loops, threads and sockets, with methods of its own in place of the daemon's.

CTL_PURE_OBJ = $(patsubst %,$(B)/ctl/%.o,command cmdline help output flow_file line_file \
	batch_file words spawn) $(patsubst %.c,$(B)/%.o,$(wildcard ctl/view*.c))
CONTROL_PURE_OBJ = $(patsubst %,$(B)/loader/control/%.o,session rpc rpc_params)

TEST_OBJ_command = $(CTL_PURE_OBJ)
TEST_OBJ_output = $(CTL_PURE_OBJ)
TEST_OBJ_fill_in = $(B)/ctl/fill_in.o
TEST_OBJ_flow_file = $(CTL_PURE_OBJ)
TEST_OBJ_batch_file = $(CTL_PURE_OBJ)
TEST_OBJ_session = $(CONTROL_PURE_OBJ)
TEST_OBJ_rpc = $(CONTROL_PURE_OBJ)
TEST_OBJ_rpc_ct = $(CONTROL_PURE_OBJ) $(B)/loader/slowpath/ct_filter.o \
	$(patsubst %,$(B)/loader/control/%.o,rpc_ct_filter rpc_ct_text)
TEST_OBJ_server = $(CONTROL_PURE_OBJ) $(B)/loader/control/server.o $(B)/ctl/client.o
TEST_LIBS_server = -lpthread
TEST_OBJ_server_wait = $(TEST_OBJ_server)
TEST_LIBS_server_wait = -lpthread
TEST_LIBS_event = -lpthread

FUZZ_SRC_jsonrpc = loader/control/session.c loader/control/rpc.c loader/control/rpc_params.c

golden-update: golden-update-cli
golden-update-cli: $(B)/tests/unit/test_output
	$(Q)XVS_GOLDEN_UPDATE=1 $<
.PHONY: golden-update golden-update-cli
