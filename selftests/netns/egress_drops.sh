#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# egress_drops: what an output device does not take is `egress-failed` of that
# port, whoever noticed: the device alone (TC), the kernel (XDP), the packet
# socket (a replay). Received and dropped add up to what was sent, however
# often somebody looks in between.
#
#   vm0 ── sw0 ── vm1 (MTU 1000)      tap0 (opened, never read)

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
g vm1 ethtool -K eth0 gro on # no redirect into the peer: by the device
xvs attach vm0 vm1

tx_dropped() { # DEVICE
    ip -s -s -j link show "$1" | jq '.[0].stats64.tx | .dropped + .errors'
}
set_mtu() { # MTU
    ip -n vm1 link set eth0 mtu "$1"
    ip link set vm1 mtu "$1"
}
send_big() { # COUNT: echo requests of 1,442 bytes; no answer is expected
    in_ns vm0 ping -q -n -c "$1" -i 0.01 -W 0.2 -s 1400 10.0.0.2 >/dev/null || :
}
failed_is() { # PORT NUMBER
    [ "$(drops_of "$1" egress-failed)" = "$2" ]
}

# Sends 20 that do not fit, with a look at the counters in the middle.
check_too_big() { # WHAT
    local before rx
    before=$(drops_of vm1 egress-failed)
    rx=$(port_stat vm0 rx_packets)
    send_big 7
    port_stat vm1 drops >/dev/null
    drops_of vm1 egress-failed >/dev/null
    send_big 13
    check_num "$1: all were sent" $(($(port_stat vm0 rx_packets) - rx)) -eq 20
    check_num "$1: each is one egress-failed of vm1" \
        $(($(drops_of vm1 egress-failed) - before)) -eq 20
    check_num "$1: and none of vm0" "$(drops_of vm0 egress-failed)" -eq 0
    check_ledger vm0
}

say "a guest whose MTU is too small, by TC"
before=$(tx_dropped vm1)
set_mtu 1000
check_too_big "TC, the first by replay"
check_num "the first was replayed" "$(port_stat vm0 upcalls_done)" -ge 1
check_num "the device saw most of the others" $(($(tx_dropped vm1) - before)) -ge 10
before=$(tx_dropped vm1)
check_too_big "TC, cached"
check_num "the device saw them all" $(($(tx_dropped vm1) - before)) -eq 20
sleep 2.2 # two sweeps
check "sweeps add nothing" failed_is vm1 40

say "a full cache: every packet by replay"
xvs flow add sw0 'priority=5,icmp,icmp_type=8,in_port=vm0,actions=normal'
xvs cache set sw0 limit=1
bg hot in_ns vm1 ping -q -n -i 0.02 10.0.0.1 # keeps the only place
full() { [ "$(cache_stat .megaflows)" -ge 1 ] && [ "$(port_stat vm0 rx_packets)" -gt 80 ]; }
check "another flow has its place" wait_for 5 full
before=$(drops_of vm1 egress-failed)
upcalls=$(port_stat vm0 upcalls_done)
send_big 20
check_num "replayed" $(($(port_stat vm0 upcalls_done) - upcalls)) -ge 20
check_num "each is one egress-failed of vm1" $(($(drops_of vm1 egress-failed) - before)) -eq 20
bg_stop hot INT
check_ledger vm0 vm1
xvs cache set sw0 limit=65536
xvs flow del sw0 'icmp,in_port=vm0'

say "by XDP"
g vm0 ethtool -K eth0 tx off
xvs port set sw0 vm0 hook=xdp
check_eq "hook" "$(port_stat vm0 hook)" xdp
check "the drops of the port are kept" failed_is vm1 60
check_too_big "XDP"
xvs port set sw0 vm0 hook=tc

say "a flood beside it"
set_mtu 1500
guest vm2 10.0.0.3/24
xvs port add sw0 vm2
set_mtu 1000
xvs flow add sw0 'priority=20,icmp,in_port=vm0,actions=output:vm2,output:vm1'
before=$(drops_of vm1 egress-failed)
rx2=$(port_stat vm2 tx_packets)
send_big 20
check_num "the copy that fits arrives" $(($(port_stat vm2 tx_packets) - rx2)) -eq 20
check_num "the one that does not is counted" $(($(drops_of vm1 egress-failed) - before)) -eq 20
check_num "vm2 lost nothing" "$(drops_of vm2 egress-failed)" -eq 0
xvs flow add sw0 'priority=20,icmp,in_port=vm0,actions=output:vm1,output:vm2'
before=$(drops_of vm1 egress-failed)
send_big 20
check_num "as a clone: counted once" $(($(drops_of vm1 egress-failed) - before)) -eq 20
check_ledger vm0
xvs flow del sw0 'icmp,in_port=vm0'
set_mtu 1500
check "with the MTU back all is well" wait_for 2 ping_quick vm0 10.0.0.2

say "the device vanishes, once a sweep has read its counters; nobody asked meanwhile"
set_mtu 1000
before=$(drops_of vm1 egress-failed)
send_big 10
sleep 1.3
h ip link del vm1
missing() { [ "$(port_stat vm1 state)" = missing ]; }
check "missing" wait_for 2 missing
check "its losses were counted" failed_is vm1 $((before + 10))

say "it comes back: its counters start anew"
before=$(drops_of vm1 egress-failed)
h ip link add vm1 type veth peer name eth0 address 02:00:00:00:00:02 netns vm1
guest_up vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
check "back" wait_for 3 ping_quick vm0 10.0.0.2
g vm1 ethtool -K eth0 gro on
set_mtu 1000
send_big 5
check_num "five more" $(($(drops_of vm1 egress-failed) - before)) -eq 5

if [ ! -c /dev/net/tun ]; then
    skip "a tap that nobody reads" "no /dev/net/tun here"
    finish
    exit
fi
say "a tap that nobody reads"
h ip tuntap add dev tap0 mode tap
h ip link set tap0 up
# Opens the tap; reads it only when told to, and then counts what was queued.
cat >"$XVS_TEST_DIR/open_tap.py" <<'PY'
import fcntl, os, signal, struct
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", b"tap0", 0x1002))  # TUNSETIFF
print("open", flush=True)
signal.sigwait([signal.SIGUSR1])
n = 0
try:
    while True:
        frame = os.read(fd, 2048)
        n += frame[12:14] == b"\x08\x00" and frame[36:38] == struct.pack(">H", 5000)
except BlockingIOError:
    print("queued", n, flush=True)
PY
bg holder python3 "$XVS_TEST_DIR/open_tap.py"
wait_for 5 bg_says holder open
xvs port add sw0 tap0
up() { [ "$(port_stat tap0 state)" = up ]; }
check "the tap is up" wait_for 3 up
xvs flow add sw0 'priority=30,udp,in_port=vm0,actions=output:tap0'
ip -n vm0 neigh replace 10.0.0.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent
handed=0
for hook in tc xdp; do
    xvs port set sw0 vm0 hook=$hook
    rx=$(port_stat vm0 rx_packets)
    tx=$(port_stat tap0 tx_packets)
    failed=$(drops_of tap0 egress-failed)
    lost=$(tx_dropped tap0)
    in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.77 5000 3000 10000 | quote
    check_num "$hook: sent" $(($(port_stat vm0 rx_packets) - rx)) -eq 3000
    check_ledger vm0
    tx=$(($(port_stat tap0 tx_packets) - tx))
    handed=$((handed + tx))
    check_num "$hook: what the device lost is egress-failed" \
        $(($(drops_of tap0 egress-failed) - failed)) -eq $(($(tx_dropped tap0) - lost))
    check_num "$hook: the queue was full" $(($(tx_dropped tap0) - lost)) -ge 1000
done
bg_stop holder USR1
queued=$(bg_out holder | sed -n 's/^queued //p')
check_num "queued and failed are all that the tap was handed" \
    $((queued + $(drops_of tap0 egress-failed))) -eq "$handed"
finish
