#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# hook_refused: a change of hook that cannot be leaves the port as it was, with
# its traffic; whether that is known beforehand (another XDP program, a bridge)
# or only the driver says so (a veth with too few receive queues).
#
#   vm0 ── sw0 ── vm1 (a foreign XDP program)    vm2 (its peer has 4 queues)

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
say "[host] guest vm2: eth0 has 4 transmit queues, vm2 one receive queue"
ip netns add vm2
ip link add vm2 numrxqueues 1 numtxqueues 1 type veth \
    peer name eth0 address 02:00:00:00:00:03 numtxqueues 4 numrxqueues 4 netns vm2
guest_up vm2 10.0.0.3/24
xvs attach vm0 vm1 vm2
for ip in 10.0.0.2 10.0.0.3; do
    check "the guests reach each other" ping_ok vm0 $ip
done

links() { # the programs in force, by their pins: attaching anew makes others
    local dev
    find "$XVS_BPFFS" -name '*link*' -printf '%P %i\n' | sort
    find "$XVS_BPFFS" -path '*link*/*' -printf '%P %i\n' | sort
    for dev in vm0 vm1 vm2; do
        echo "$dev tcx $(python3 "$LIB_DIR/tools/tcx_query.py" $dev)"
        tc filter show dev $dev ingress
    done
}
picture() { # PORT
    json_get ".[] | select(.name == \"$1\") | \"\(.hook) \(.state) \(.reason) \(.port_no)\"" \
        port show sw0 "$1"
}

# The probe goes on through the refusal: not one frame is lost.
check_refused() { # WHAT PORT IP MESSAGE
    local before programs
    before=$(picture "$2")
    programs=$(links)
    bg probe in_ns vm0 ping -q -n -i 0.01 -c 60 -W 1 "$3"
    check_exit "$1: hook=xdp is refused" 1 xvs port set sw0 "$2" hook=xdp
    check_match "$1: says why" "$err" "$4"
    check_eq "$1: the port is as it was" "$(picture "$2")" "$before"
    check_eq "$1: with the same programs" "$(links)" "$programs"
    bg_wait probe || :
    check_match "$1: no probe was lost" "$(bg_out probe)" ' 0% packet loss'
}

clang=$(command -v clang-19 || command -v clang)
"$clang" -O2 -target bpf -x c -c - -o "$XVS_TEST_DIR/pass.o" <<'C'
__attribute__((section("xdp"), used)) int their_xdp(void *ctx) { return 2; }
__attribute__((section("license"), used)) char _license[] = "GPL";
C
mount -t bpf bpf /sys/fs/bpf # where ip looks for it

for mode in xdpdrv xdpgeneric; do
    say "a foreign program beside a TC port: $mode"
    h ip link set vm1 $mode obj "$XVS_TEST_DIR/pass.o" sec xdp
    id=$(ip -j link show vm1 | jq '.[0].xdp.prog.id')
    check_refused $mode vm1 10.0.0.2 "their_xdp|id $id"
    check_exit "$mode: hook=tc is what it has" 0 xvs port set sw0 vm1 hook=tc
    check_exit "$mode: hook=auto too" 0 xvs port set sw0 vm1 hook=auto
    check_eq "$mode: hook" "$(port_stat vm1 hook)" tc
    check_num "$mode: theirs is still there" \
        "$(ip -j link show vm1 | jq '.[0].xdp.prog.id')" -eq "$id"
    check "$mode: traffic" ping_ok vm0 10.0.0.2

    say "the device goes away and comes back with it"
    h ip link set vm1 down
    h ip link set vm1 name other
    missing() { [ "$(port_stat vm1 state)" = missing ]; }
    check "$mode: missing" wait_for 2 missing
    h ip link set other name vm1
    h ip link set vm1 up
    check "$mode: back at TC" wait_for 3 ping_quick vm0 10.0.0.2
    check_num "$mode: theirs is still there" \
        "$(ip -j link show vm1 | jq '.[0].xdp.prog.id')" -eq "$id"

    say "as a new port it is refused"
    check_exit "$mode: port del" 0 xvs port del sw0 vm1
    for hook in auto xdp tc; do
        check_exit "$mode: port add hook=$hook" 1 xvs port add sw0 vm1 hook=$hook
        check_match "$mode: names it" "$err" "their_xdp|id $id"
    done
    h ip link set vm1 $mode off
    check_exit "$mode: gone, it is taken" 0 xvs port add sw0 vm1
    check "$mode: traffic" wait_for 2 ping_quick vm0 10.0.0.2
done

say "a port that became a bridge's member"
h ip link add br9 type bridge
h ip link set vm1 master br9
check_refused bridge vm1 10.0.0.2 'br9'
h ip link set vm1 nomaster
h ip link del br9

say "only the driver knows"
check_exit "vm2: hook=xdp is refused" 1 xvs port set sw0 vm2 hook=xdp
check_match "with a reason" "$err" 'vm2: hook=xdp is not possible'
check_eq "rolled back" "$(port_stat vm2 hook) $(port_stat vm2 state)" "tc up"
check "and its traffic goes on" wait_for 2 ping_quick vm0 10.0.0.3

say "nothing in the way: the change is made"
check_exit "hook=xdp" 0 xvs port set sw0 vm1 hook=xdp
check_eq "hook" "$(port_stat vm1 hook)" xdp
check "traffic" wait_for 2 ping_quick vm0 10.0.0.2
programs=$(links)
check_exit "hook=xdp again: no change" 0 xvs port set sw0 vm1 hook=xdp
check_eq "the same programs" "$(links)" "$programs"
check_exit "hook=tc" 0 xvs port set sw0 vm1 hook=tc
check_eq "no XDP program is left" "$(ip -j link show vm1 | jq '.[0].xdp.prog.id')" null
check "traffic" wait_for 2 ping_quick vm0 10.0.0.2
check_ledger vm0 vm1 vm2
finish
