#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# port_xsk_queues: the sockets of an xsk port as their user likes them: several queues,
# without any privilege, frames of 9,000 bytes. Of every frame that is sent it is known
# where it went.
#
#   ┌────────────── host ──────────────┐
#   │ vm0 ── sw0 ── xvsN ═══ x0        │   vm0 10.0.0.1: veth
#   │               4 queues, sockets  │   vm3 10.0.0.3: tap eth0 of xsk_consumer
#   └────────────────────────┴─────────┘

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/transfer.bash"
. "$(dirname "$0")/common/xsk.bash"

guest vm0 10.0.0.1/24
xsk_guest vm3 10.0.0.3/24 nobody
nobody="setpriv --reuid=nobody --regid=nogroup --clear-groups --inh-caps=-all --bounding-set=-all"
h chmod 755 "$XVS_TEST_DIR"
xvs attach vm0

rx_of() { # PORT
    port_stat "$1" rx_packets
}
rx_is() { # PORT N
    [ "$(rx_of "$1")" = "$2" ]
}
sums_to() { # LIST: "1:2:3"
    echo $((${1//:/+}))
}

for queues in 1 4; do
    say "$queues queues: from the port's sockets, and to them, by both hooks"
    xvs port add sw0 x0 type=xsk queues=$queues
    dst=$(dev_mac vm0)
    xvs flow add sw0 'priority=9,in_port=x0,actions=output:vm0'
    xvs flow add sw0 'priority=9,in_port=vm0,actions=output:x0'
    for hook in tc xdp; do
        xvs port set sw0 x0 "hook=$hook"
        rx=$(rx_of x0)
        tx=$(port_stat vm0 tx_packets)
        check "hook=$hook: 20,000 frames are sent" "$XVSCTL" port exec sw0 x0 -- \
            "$TOOLS/xsk_consumer" send 20000 "$dst" 02:00:00:00:00:99
        check "all of them come in" wait_for 5 rx_is x0 $((rx + 20000))
        check_ledger x0
        say "out of vm0: $(($(port_stat vm0 tx_packets) - tx))"
        lost=$(drops_of x0 egress-failed)
        tx=$(port_stat x0 tx_packets)
        consumer xsk count
        check_eq "hook=$hook: all queues are bound" "$(port_stat x0 queues_bound)" $queues
        wait_for 2 port_is x0 up
        flood_udp vm0 1
        wait_for 2 sent_to x0 $((tx + 1))
        flood_udp vm0 20000
        check_ledger vm0 x0
        consumer_end xsk
        check_eq "sent to the port = received + counted drops" \
            $(($(port_stat x0 tx_packets) - tx)) \
            $(($(total_of xsk received) + $(drops_of x0 egress-failed) - lost))
        check_eq "by its queues" "$(sums_to "$(bg_out xsk | sed -n 's/.* queues=//p')")" \
            "$(total_of xsk received)"
    done
    xvs flow del sw0 priority=9 2>/dev/null || xvs flow replace sw0 - <<<'priority=0,actions=normal'
    [ $queues = 4 ] || xvs port del sw0 x0
done

say "a sender on another processor is another queue, where its device is redirected to natively"
xvs flow replace sw0 - <<<'priority=0,actions=output:x0'
xvs port set sw0 vm0 hook=xdp
g vm0 ethtool -K eth0 tx off
consumer xsk count
wait_for 2 port_is x0 up
for cpu in $(seq 0 $(($(nproc) - 1))); do
    taskset -c "$cpu" nsenter --net=/run/netns/vm0 -- ping -q -b -c 20 -i 0.01 -W 0.1 \
        10.0.0.255 >/dev/null 2>&1 || :
done
consumer_end xsk
used=$(bg_out xsk | sed -n 's/.* queues=//p' | tr : '\n' | grep -vc '^0$')
check_num "queues that got frames" "$used" -ge $(($(nproc) < 4 ? $(nproc) : 4))
xvs port set sw0 vm0 hook=auto
g vm0 ethtool -K eth0 tx on
xvs flow replace sw0 - <<<'priority=0,actions=normal'
xvs port del sw0 x0

say "the sockets' user has no privilege"
check "owner=nobody" xvs port add sw0 x0 type=xsk queues=4 owner=nobody
socket=$(port_stat x0 socket)
check_eq "the socket is that user's" "$(stat -c '%U %a' "$socket")" "nobody 600"
say "8 MB of locked memory are enough for 4 x 256 frames"
bg xsk prlimit --memlock=8388608 nsenter --net=/run/netns/vm3 -- $nobody \
    "$TOOLS/xsk_consumer" -s "$socket" tap eth0
check "bound by nobody" wait_for 10 bg_says xsk ready
check_eq "it has no capability" "$(sed -n 's/^CapEff:\s*//p' "/proc/${bg_pid[xsk]}/status")" \
    0000000000000000
check_eq "it is nobody" "$(stat -c %U "/proc/${bg_pid[xsk]}")" nobody
wait_for 2 port_is x0 up
check_eq "port show has it" "$(json_get \
    '.[0] | "\(.queues_bound) \(.copy) \(.consumer)"' port show sw0 x0)" "4 copy ${bg_pid[xsk]}"
check "ping" ping_ok vm0 10.0.0.3
transfer vm0 vm3 10.0.0.3
transfer vm3 vm0 10.0.0.1
check_ledger vm0 x0
consumer_end xsk
check_num "no checksum was wrong" "$(total_of xsk bad)" -eq 0
check_exit "port exec without the daemon's own socket" 0 \
    $nobody "$XVSCTL" port exec sw0 x0 -- sh -c 'id -un; echo "$XVS_XSK_IFNAME"'
check_eq "runs as nobody" "$out" $'nobody\nx0'
check_exit "another user: exit 1" 1 setpriv --reuid=daemon --clear-groups \
    "$XVSCTL" port exec sw0 x0 true
check_match "says what to do" "$err" 'port x0: .*: Permission denied.*
hint: port add has owner='
xvs port del sw0 x0
check "owner=user:group" xvs port add sw0 x0 type=xsk owner=root:nogroup
check_eq "is the group's too" "$(stat -c '%U %G %a' "$(port_stat x0 socket)")" \
    "root nogroup 660"
check "of which somebody may" setpriv --reuid=daemon --regid=nogroup --clear-groups \
    "$XVSCTL" port exec sw0 x0 true
xvs port del sw0 x0
check "owner= by numbers" xvs port add sw0 x0 type=xsk owner=65534:65534
check_eq "is the same" "$(stat -c '%u %g %a' "$(port_stat x0 socket)")" "65534 65534 660"

say "9,000 bytes"
for dev in vm0 "$(port_stat x0 device)" x0; do
    say "$dev: MTU $(cat "/sys/class/net/$dev/mtu")"
done
h ip link set vm0 mtu 9000
g vm0 ip link set eth0 mtu 9000
g vm3 ip link set eth0 mtu 9000
lost=$(drops_of x0 egress-failed)
consumer xsk -f 64 tap eth0
wait_for 2 port_is x0 up
check "1,500 bytes without XDP_USE_SG" ping_ok vm0 10.0.0.3 -s 1472
check_not "9,000 bytes do not fit its frames" ping_ok vm0 10.0.0.3 -M do -s 8972
check_num "and are counted" $(($(drops_of x0 egress-failed) - lost)) -ge 1
consumer_end xsk
if consumer sg -g tap eth0 && bg_says sg ready; then
    wait_for 2 port_is x0 up
    for hook in tc xdp; do
        xvs port set sw0 x0 "hook=$hook"
        check "hook=$hook: there and back with XDP_USE_SG" \
            ping_ok vm0 10.0.0.3 -M do -s 8972
    done
    transfer vm0 vm3 10.0.0.3
    transfer vm3 vm0 10.0.0.1
    consumer_end sg
    check_num "frames of" "$(total_of sg largest)" -eq 9014
    check_num "no checksum was wrong" "$(total_of sg bad)" -eq 0
else
    skip "9,000 bytes with XDP_USE_SG" "this kernel does not have it: $(bg_out sg | tail -n 1)"
fi
check_ledger vm0 x0
finish
