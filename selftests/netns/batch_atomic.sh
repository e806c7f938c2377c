#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# batch_atomic: a pipeline of several tables and a group is changed by batches
# while 200 flows run. In the order of sending each batch is one point: every packet
# before it gets what the old pipeline says, every packet from there on what the new
# one says [I8]; none sees half of a batch, none is lost, and of a batch that fails
# none sees anything.
#
#                            ┌── vm1 10.0.0.2   pipeline a: TOS 16, to vm1
#   vm0 10.0.0.1 ── sw0 ──┤
#                            └── vm2 10.0.0.2   pipeline b: TOS 32, to vm2
#
# Table 0 writes the TOS, table 1 the address, table 2 asks the group, and the
# group's bucket sends: a packet that crossed tables of both has one's TOS and the
# other's way.
#
#   RATE=N      packets a second (see common/fan.bash)
#   BATCHES=N   of each kind (default 6, an even number)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/fan.bash"

n_batches=${BATCHES:-6}

fan_guests

# What of set a or b does not change anything that packets of this test cross.
pad() { # FIRST
    local i
    for ((i = 0; i < n_pad; i++)); do
        echo "flow add sw0 table=0,priority=$((20000 + i)),tcp,tp_dst=$(($1 + i)),actions=drop"
    done
}

# The lines that make pipeline a (1) or b (2), in an order in which every line by
# itself would be a mistake.
pipeline() { # 1|2
    local tos=$((16 * $1)) mac
    mac=$(dev_mac vm$1)
    echo "flow mod sw0 table=1,udp,tp_dst=5000,actions=set_field:$mac->eth_dst,resubmit(,2)"
    pad $((10000 * $1))
    echo "group mod sw0 group_id=1,type=indirect,bucket=actions=output:vm$1"
    echo "port set sw0 vm$((3 - $1)) flood=off"
    echo "port set sw0 vm$1 flood=on"
    echo "flow mod sw0 table=0,udp,tp_dst=5000,actions=mod_nw_tos:$tos,resubmit(,1)"
}

n_pad=0
cat >"$XVS_TEST_DIR/first" <<'EOB'
group add sw0 group_id=1,type=indirect,bucket=actions=output:vm1
flow add sw0 table=0,priority=100,udp,tp_dst=5000,actions=drop
flow add sw0 table=1,priority=100,udp,tp_dst=5000,actions=drop
flow add sw0 table=2,priority=100,udp,tp_dst=5000,actions=group:1
EOB
# A megaflow for each flow, so that there are many to change.
for ((i = 0; i < n_flows; i++)); do
    echo "flow add sw0 table=1,priority=200,udp,tp_src=$((20000 + i)),tp_dst=5000,actions=drop"
done >>"$XVS_TEST_DIR/first"
xvs batch "$XVS_TEST_DIR/first"

make_sets() { # RULES beside it
    local set
    n_pad=$1
    for set in 1 2; do
        pipeline $set >"$XVS_TEST_DIR/$set"
        { cat "$XVS_TEST_DIR/$set"; echo 'flow add sw0 actions=group:2'; } \
            >"$XVS_TEST_DIR/bad$set"
    done
}

batch() { # SET: its time in ms is added to 'times'
    local start
    start=$(now_ms)
    "$XVSCTL" -q batch "$XVS_TEST_DIR/$1" || fail "batch $1"
    times+=($(($(now_ms) - start)))
}

bad_batch() { # SET: it makes the other pipeline, but for its last line
    local status=0
    "$XVSCTL" -q batch "$XVS_TEST_DIR/bad$1" 2>"$XVS_TEST_DIR/bad.err" || status=$?
    [ $status = 1 ] && grep -q 'group 2' "$XVS_TEST_DIR/bad.err" ||
        fail "batch bad$1: status $status"
}

run() { # WHAT: batches of both kinds while 200 flows run
    local i
    batch 1
    start_known_flows
    times=()
    for ((i = 0; i < n_batches; i += 2)); do
        batch 2
        bad_batch 1
        sleep 0.2
        batch 1
        bad_batch 2
        sleep 0.2
    done
    check_num "$1: cached flows" "$(json_get 'map(select(.match | test("tp_dst=5000"))) | length' \
        cache show sw0)" -ge $n_flows
    end_traffic
    check_fate "$1" pipeline
    check_num "$1: in the order of sending each batch is one point" \
        "$(fate changes)" -eq "$n_batches"
    say "$1: a batch took ${times[*]} ms; slowest packet: $(fate slowest_us) us"
}

times=()
for hook in tc xdp; do
    fan_hook $hook
    make_sets 0
    run "$hook, ten lines"
done
make_sets 2000
run "$hook, 2,000 lines"
finish
