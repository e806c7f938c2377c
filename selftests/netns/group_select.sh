#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# group_select: flows are spread by the weights of the buckets; a flow stays with
# its bucket; when a bucket dies its flows alone move, and come back with it; with
# fields(...) only those decide.
#
#   vm0 10.0.0.1 ──┐
#   vm1 10.0.0.2 ──┤ sw0      weights 1 (vm1), 2 (vm2), 5 (vm3)
#   vm2 10.0.0.2 ──┤
#   vm3 10.0.0.2 ──┘

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/copies.bash"

n_flows=800
guest vm0 10.0.0.1/24
for i in 1 2 3; do
    guest vm$i 10.0.0.2/24
done
ip -n vm0 neigh replace 10.0.0.2 lladdr "$(dev_mac vm1)" dev eth0 nud permanent
xvs attach vm0 vm1 vm2 vm3
buckets=''
weights=(0 1 2 5)
for i in 1 2 3; do
    buckets+=",bucket=weight:${weights[i]},watch_port:vm$i"
    buckets+=",mod_dl_dst:$(dev_mac vm$i),output:vm$i"
done
check "group" xvs group add sw0 "group_id=1,type=select$buckets"
check "rules" xvs flow add sw0 'priority=10,udp,in_port=vm0,actions=group:1'
check "rules" xvs flow add sw0 'priority=5,actions=drop'

# Three packets of each flow; which guest got which flows is in RUN.vm1 ...
cat >"$XVS_TEST_DIR/flows.py" <<'PY'
import struct
import sys

flows = {}
for seq, *_ in struct.iter_unpack("=QqII", open(sys.argv[1], "rb").read()):
    flows.setdefault(seq % int(sys.argv[2]), []).append(seq)
for flow in sorted(flows):
    print(flow, len(flows[flow]))
PY
run() { # NAME
    local i
    for i in 1 2 3; do
        bg recv$i in_ns vm$i "$TOOLS/udp_fan" recv 10.0.0.2 5000 "$XVS_TEST_DIR/records$i"
        wait_for 5 bg_says recv$i ready
    done
    bg send in_ns vm0 "$TOOLS/udp_fan" send 10.0.0.2 5000 $((3 * n_flows)) 3000 $n_flows
    bg_wait send || :
    wait_for 3 ledger_adds_up vm0 || :
    for i in 1 2 3; do
        bg_stop recv$i
        python3 "$XVS_TEST_DIR/flows.py" "$XVS_TEST_DIR/records$i" $n_flows >"$XVS_TEST_DIR/$1.vm$i"
    done
}
flows_of() { wc -l <"$XVS_TEST_DIR/$1"; } # RUN.GUEST
only_flows() { cut -d' ' -f1 "$XVS_TEST_DIR/$1"; }
split_flows() { # RUN: flows that several guests have got, or none
    cat "$XVS_TEST_DIR/$1".vm? | awk -v n=$n_flows '$2 != 3 { bad++ } END { print bad + (NR != n) }'
}

spread() { # HOOK
    local i
    use_hook "$1" vm0 vm1 vm2 vm3
    run "$1"
    check_eq "each flow's three packets go to one guest" "$(split_flows "$1")" 0
    # 800 flows by weights 1:2:5 are 100, 200, 500; five standard deviations.
    check_num "vm1's share" "$(flows_of "$1.vm1")" -ge 53
    check_num "vm1's share" "$(flows_of "$1.vm1")" -le 147
    check_num "vm2's share" "$(flows_of "$1.vm2")" -ge 139
    check_num "vm2's share" "$(flows_of "$1.vm2")" -le 261
    check_num "vm3's share" "$(flows_of "$1.vm3")" -ge 431
    check_num "vm3's share" "$(flows_of "$1.vm3")" -le 569
    check_eq "buckets count their packets" \
        "$(json_get '[.[0].buckets[].packets] | @json' group show sw0)" \
        "[$((3 * $(flows_of "$1.vm1"))),$((3 * $(flows_of "$1.vm2"))),$((3 * $(flows_of "$1.vm3")))]"

    say "a bucket dies"
    check "blocked" xvs port set sw0 vm2 blocked=on
    run "$1-dead"
    check_eq "each flow's three packets go to one guest" "$(split_flows "$1-dead")" 0
    check_num "none to the dead" "$(flows_of "$1-dead.vm2")" -eq 0
    for i in 1 3; do
        check_eq "vm$i keeps what it had" \
            "$(comm -23 <(only_flows "$1.vm$i" | sort) <(only_flows "$1-dead.vm$i" | sort))" ""
    done
    check "back" xvs port set sw0 vm2 blocked=off
    run "$1-back"
    for i in 1 2 3; do
        check "vm$i has its flows again" cmp "$XVS_TEST_DIR/$1.vm$i" "$XVS_TEST_DIR/$1-back.vm$i"
    done
}

spread tc
check "group anew" xvs group mod sw0 "group_id=1,type=select$buckets"
spread xdp
check "the hook does not matter" cmp "$XVS_TEST_DIR/tc.vm1" "$XVS_TEST_DIR/xdp.vm1"

say "fields that do not differ"
check "group mod" xvs group mod sw0 \
    "group_id=1,type=select,selection_method=hash,fields(ip_src,ip_dst)$buckets"
run fields
check_num "all to one guest" "$(cat "$XVS_TEST_DIR"/fields.vm? | wc -l)" -eq $n_flows
check_eq "which one has all" \
    "$(for i in 1 2 3; do flows_of fields.vm$i; done | sort -n | paste -sd,)" "0,0,$n_flows"
check_ledger vm0
finish
