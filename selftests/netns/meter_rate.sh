#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# meter_rate: a meter lets its rate pass, within 5 %, at 10, 1,000 and 100,000
# packets/s and in kbit/s, on both hooks, with two guests on two CPUs that send
# through it together, each more than the rate; what it drops is in the ledger.
# Rates are counts over the time between two readings of the meter.
#
#   vm0 10.0.0.1 ──┐
#   vm1 10.0.0.2 ──┤ sw0      vm0, vm1 send UDP to 10.0.0.3
#   vm2 10.0.0.3 ──┘

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/copies.bash"

for i in 0 1 2; do
    guest vm$i 10.0.0.$((i + 1))/24
done
for i in 0 1; do
    ip -n vm$i neigh replace 10.0.0.3 lladdr "$(dev_mac vm2)" dev eth0 nud permanent
done
xvs attach vm0 vm1 vm2
check "meter" xvs meter add sw0 'meter=1,pktps,bands=type=drop,rate=1000'
check "rules" xvs flow add sw0 'priority=10,udp,nw_dst=10.0.0.3,actions=meter:1,output:vm2'
check "rules" xvs flow add sw0 'priority=5,actions=drop'
n_cpus=$(nproc)
max_wait_us=20000 # as long as the default burst lasts

start_senders() { # RATE of each, SIZE
    bg send0 in_ns vm0 taskset -c 0 "$TOOLS/udp_flow" send 10.0.0.3 5000 1000000000 "$1" "$2"
    bg send1 in_ns vm1 taskset -c $((n_cpus > 1)) "$TOOLS/udp_flow" send 10.0.0.3 5000 \
        1000000000 "$1" "$2"
}

stop_senders() {
    bg_stop send0
    bg_stop send1
}

# The meter's counts and the times between which they were read: "BEGIN-US END-US
# PACKETS PASSED BYTES-PASSED".
read_meter() {
    local begin counts
    begin=${EPOCHREALTIME/./}
    counts=$(json_get '.[0] | "\(.packets) \(.packets - .dropped_packets)" +
        " \(.bytes - .dropped_bytes)"' meter show sw0 1)
    echo "$begin ${EPOCHREALTIME/./} $counts"
}
reached() { # PACKETS offered by now
    [ "$(json_get '.[0].packets' meter show sw0 1)" -ge "$1" ]
}
# A second, or what 40 packets take at the rate.
window_over() { # BEGIN-US RATE
    [ $((${EPOCHREALTIME/./} - $1)) -ge $(($2 < 40 ? 40000000 / $2 : 1000000)) ]
}

# Nanoseconds for which the senders were ready to run and did not.
waited_ns() {
    local sender ns sum=0
    for sender in send0 send1; do
        read -r _ ns _ <"/proc/${bg_pid[$sender]}/schedstat"
        sum=$((sum + ns))
    done
    echo $sum
}

# Sets offered, passed, bytes and waited_us, and the least and most time in which
# that can have been.
window() { # RATE
    local begin0 end0 begin1 end1 packets0 packets1 passed0 passed1 bytes0 bytes1
    waited_us=$(($(waited_ns) / 1000))
    read -r begin0 end0 packets0 passed0 bytes0 < <(read_meter)
    wait_for 20 window_over "$end0" "$1"
    read -r begin1 end1 packets1 passed1 bytes1 < <(read_meter)
    least_us=$((begin1 - end0))
    most_us=$((end1 - begin0))
    offered=$((packets1 - packets0))
    passed=$((passed1 - passed0))
    bytes=$((bytes1 - bytes0))
    waited_us=$(($(waited_ns) / 1000 - waited_us))
    say "$least_us to $most_us us: $offered packets offered, $passed passed, $bytes bytes;" \
        "senders waited for $waited_us us"
}

thousandths() { # COUNT RATE US: of what the rate gives in that time
    echo $(($1 * 1000000 / ($2 * $3 / 1000)))
}

# At most 1,050 thousandths of the rate in every window, at least 950 in one: a sender
# that waits for longer than the burst lasts leaves a gap. That none of them has 950
# means something only if in one the senders did not wait, and sent enough.
measure() { # WHAT RATE COUNT-NAME LEAST-PACKETS-OFFERED-A-SECOND
    local i got most=0 best=0 steady=''
    wait_for 10 reached $(($(json_get '.[0].packets' meter show sw0 1) + 100))
    for i in 1 2 3 4 5 6; do
        window "$2"
        # One packet may be on either side.
        got=$(thousandths $((${!3} - 1)) "$2" $most_us)
        [ "$got" -le $most ] || most=$got
        got=$(thousandths $((${!3} + 1)) "$2" $least_us)
        [ "$got" -le $best ] || best=$got
        [ $((offered * 1000000 / most_us)) -lt "$4" ] || [ $waited_us -gt $max_wait_us ] ||
            steady=yes
        [ $i = 1 ] || [ $best -lt 950 ] || break
    done
    check_num "$1: no more than the rate gives, in thousandths" "$most" -le 1050
    if [ $best -ge 950 ] || [ -n "$steady" ]; then
        check_num "$1: and no less" "$best" -ge 950
    else
        skip "$1: and no less" "this machine is too slow or too busy to tell: $best thousandths"
    fi
}

meter_at() { # RATE OFFERED-RATE-EACH
    local before tx dropped p d
    check "meter of $1 packets/s" xvs meter mod sw0 "meter=1,pktps,bands=type=drop,rate=$1"
    before=$(json_get '.[0] | "\(.packets - .dropped_packets) \(.dropped_packets)"' meter show sw0)
    tx=$(port_stat vm2 tx_packets)
    dropped=$(($(drops_of vm0 meter) + $(drops_of vm1 meter)))
    start_senders "$2" 32
    measure "$1 packets/s" "$1" passed $(($1 * 12 / 10))
    stop_senders
    check_ledger vm0 vm1
    read -r p d <<<"$before"
    check_eq "what passed went out, what did not is a drop of reason meter" \
        "$(json_get ".[0] | \"\(.packets - .dropped_packets - $p) \(.dropped_packets - $d)\"" \
            meter show sw0)" \
        "$(($(port_stat vm2 tx_packets) - tx)) $(($(drops_of vm0 meter) + $(drops_of vm1 meter) - dropped))"
}

for hook in tc xdp; do
    use_hook $hook vm0 vm1 vm2
    say "hook $hook"
    meter_at 10 200
    meter_at 1000 2000
    meter_at 100000 1000000

    check "meter of 8,000 kbit/s" xvs meter mod sw0 'meter=1,kbps,bands=type=drop,rate=8000'
    start_senders 2000 1000
    # 1,042 bytes each; 8,000 kbit/s are 1,000,000 bytes/s.
    measure "kbit/s, as bytes/s" 1000000 bytes 1200
    stop_senders

    say "a burst"
    check "meter" xvs meter mod sw0 \
        'meter=1,pktps,burst,bands=type=drop,rate=10,burst_size=200'
    # A meter that has been idle for long enough lets its burst pass at once.
    check "meter anew" xvs flow mod sw0 'udp,nw_dst=10.0.0.3,actions=output:vm2'
    check "meter anew" xvs meter del sw0 meter=1
    check "meter anew" xvs meter add sw0 \
        'meter=1,pktps,burst,bands=type=drop,rate=10,burst_size=200'
    check "in use" xvs flow mod sw0 'udp,nw_dst=10.0.0.3,actions=meter:1,output:vm2'
    in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.3 5000 1000 2000 >/dev/null
    wait_for 5 reached 1000
    passed=$(json_get '.[0].packets - .[0].dropped_packets' meter show sw0)
    # 1,000 packets in half a second, or a little more: 200 and those of the rate.
    check_num "burst passes" "$passed" -ge 200
    check_num "and not much more" "$passed" -le 260
    check "no burst" xvs meter mod sw0 'meter=1,pktps,bands=type=drop,rate=1000'
done
finish
