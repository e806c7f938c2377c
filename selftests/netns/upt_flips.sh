#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# upt_flips: a guest between the shared threads and a thread and queue of its own,
# a hundred times under traffic both ways: no frame is lost, doubled or reordered.
# The uplink is a veth whose sender puts the guest's frames into queue 1, as a NIC
# that steers would.
#
#   vm0 10.0.0.1 (vhost-user) ── sw0 ── up0 (queues 0, 1) ── wire 10.0.0.9
#
#   FLIPS=N  (default 100)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/vhost.bash"

flips=${FLIPS:-100}
rate=5000
if grep -q __asan_init "$XVSD"; then
    rate=1000
fi
# Ten seconds of packets, each way.
count=$((rate * 10))

vhost_uplink
xvs attach up0
xvs port set sw0 up0 hook=xdp
# Its ring, too, is as deep as a NIC's: processes here wait for their turn.
vhost_guest vm0 10.0.0.1/24 -n 1024
vhost_port vm0
check "ping" wait_for 3 ping_ok wire 10.0.0.1
check_eq "the uplink has sockets" "$(port_stat up0 copy)" copy

say "what is needed for UPT, and why it is not in force"
mode() { port_stat vm0 mode; }
check_eq "shared threads at first" "$(mode)" mux
xvs port set sw0 vm0 mode=upt
check_eq "no uplink: shared" "$(mode)" mux
check_match "which is told" "$(port_stat vm0 reason)" "^no-uplink"
xvs port set sw0 vm0 mode=upt uplink=up0 queue=1 mac=02:00:00:00:00:01
check_eq "a veth takes no rules: shared" "$(mode)" mux
check_match "which is told" "$(port_stat vm0 reason)" "^no-steering"
xvs port set sw0 vm0 mode=upt uplink=up0 queue=7 steered=on
check_match "no such queue" "$(port_stat vm0 reason)" "^no-queue"
xvs port set sw0 vm0 mode=upt uplink=up0 queue=1 steered=on
check_eq "the sender steers: a thread of its own" "$(mode)" upt
check_eq "and no reason" "$(port_stat vm0 reason)" ""
check "ping" wait_for 3 ping_ok vm0 10.0.0.9
vhost_guest vm1 10.0.0.2/24
vhost_port vm1
xvs port set sw0 vm1 mode=upt uplink=up0 queue=1 steered=on
check_match "a queue is one guest's" "$(port_stat vm1 reason)" "^no-queue"
check "but frames for others that come by it arrive" wait_for 3 ping_ok wire 10.0.0.2
xvs port set sw0 vm0 mode=mux

flip_modes() { # flips in about ten seconds
    local i start now
    start=$(now_ms)
    for ((i = 1; i <= flips; i++)); do
        if ((i % 2)); then
            "$XVSCTL" -q port set sw0 vm0 mode=upt uplink=up0 queue=1 steered=on
        else
            "$XVSCTL" -q port set sw0 vm0 mode=mux
        fi
        [ "$(mode)" = "$( ((i % 2)) && echo upt || echo mux)" ] || wrong=$((wrong + 1))
        now=$(now_ms)
        ((now - start >= i * 10000 / flips)) || sleep "$(awk -v ms=$((i * 10000 / flips - now + start)) \
            'BEGIN { print ms / 1000 }')"
    done
    say "$flips flips in $(($(now_ms) - start)) ms"
}

flow() { # FIELD of the receiver NAME
    bg_out "$1" | tail -n 1 | jq ".$2"
}

full_buffers() { # of the guests' programs, which is no loss of the switch's
    local name
    for name in vm0 wire; do
        in_ns $name nstat -asz UdpRcvbufErrors
    done | awk '/Udp/ { n += $2 } END { print n + 0 }'
}

say "$flips flips under $rate packets/s each way"
drops() { json_get '[.[].packets] | add // 0' drops show sw0; }
know_each_other vm0 10.0.0.1 wire 10.0.0.9
ping_ok vm0 10.0.0.9 >/dev/null
dropped=$(drops) wrong=0
bg to_guest in_ns vm0 "$TOOLS/udp_flow" recv 10.0.0.1 6000 $count 3000
bg to_wire in_ns wire "$TOOLS/udp_flow" recv 10.0.0.9 6001 $count 3000
wait_for 5 bg_says to_guest ready
wait_for 5 bg_says to_wire ready
bg sender1 in_ns wire "$TOOLS/udp_flow" send 10.0.0.1 6000 $count $rate
bg sender2 in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.9 6001 $count $rate
flip_modes
check_eq "each flip was in force at once" "$wrong" 0
bg_wait sender1
bg_wait sender2
bg_wait to_guest
bg_wait to_wire
for way in to_guest to_wire; do
    check_eq "$way: all $count arrived" "$(flow $way received)" $count
    check_eq "$way: none was doubled" "$(flow $way duplicates)" 0
    check_eq "$way: none was reordered" "$(flow $way reordered)" 0
done
check_num "nothing was dropped" $(($(drops) - dropped)) -eq 0
check_eq "no socket buffer was full" "$(full_buffers)" 0
check_ledger vm0 up0

say "$flips flips under TCP"
# A probe after some milliseconds without an answer is no sign of loss on a machine
# whose processors are taken.
for name in vm0 wire; do
    in_ns $name bash -c 'echo 0 >/proc/sys/net/ipv4/tcp_early_retrans'
done
bg flipper flip_modes
tcp_gbps vm0 wire 10.0.0.9 -t 10 -b 200M >"$XVS_TEST_DIR/gbps" || fail "iperf3"
check_eq "guest to wire: retransmits" "$(tcp_retransmits)" 0
bg_wait flipper
bg flipper2 flip_modes
tcp_gbps wire vm0 10.0.0.1 -t 10 -b 200M >"$XVS_TEST_DIR/gbps" || fail "iperf3"
check_eq "wire to guest: retransmits" "$(tcp_retransmits)" 0
bg_wait flipper2
check_num "nothing was dropped" $(($(drops) - dropped)) -eq 0
check_ledger vm0 up0
finish
