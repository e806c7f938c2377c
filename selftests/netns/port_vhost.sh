#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# port_vhost: guests whose rings are in user space, among themselves and with
# guests on devices: what crosses, which way it goes, who counts it, and what
# becomes of all that when a guest or the daemon goes and comes back.
#
#   vm0 10.0.0.1, vm1 10.0.0.2 (vhost-user) ── sw0 ── vm2 10.0.0.3 (veth)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/transfer.bash"
. "$(dirname "$0")/common/vhost.bash"

guest vm2 10.0.0.3/24
host_snapshot >"$XVS_TEST_DIR/before"
xvs attach vm2
vhost_guest vm0 10.0.0.1/24
vhost_guest vm1 10.0.0.2/24

say "what it is"
check "port add" xvs port add sw0 vm0 type=vhost-user path="$(vhost_socket vm0)"
check "xvsd listens, the guest connects, its driver runs" wait_for 10 port_is vm0 up
vhost_port vm1
check_eq "type" "$(port_stat vm0 type)" vhost-user
check_eq "hook" "$(port_stat vm0 hook)" user
check_eq "mode" "$(port_stat vm0 mode)" mux
check_eq "connected" "$(guest_stat vm0 connected)" true

say "among guests in user space"
check "ping" wait_for 3 ping_ok vm0 10.0.0.2
sent=$(guest_stat vm0 sent) up=$(guest_stat vm0 handed_up)
check "ping 100 times" in_ns vm0 ping -q -n -c 100 -i 0.01 -W 2 10.0.0.2
check_num "frames that the guest sent" $(($(guest_stat vm0 sent) - sent)) -ge 100
check_num "of which the kernel saw few" $(($(guest_stat vm0 handed_up) - up)) -le 5
check "large packets" in_ns vm1 ping -q -n -c 10 -i 0.01 -W 2 -s 1472 10.0.0.1
transfer vm0 vm1 10.0.0.2
transfer vm1 vm0 10.0.0.1

for hook in tc xdp; do
    say "with a guest on a veth, hook=$hook"
    if [ $hook = xdp ]; then
        # What a native redirect into it needs.
        g vm2 ethtool -K eth0 gro on tx off
    fi
    xvs port set sw0 vm2 hook=$hook
    check "$hook: ping to the veth" wait_for 3 ping_ok vm0 10.0.0.3
    check "$hook: ping from the veth" wait_for 3 ping_ok vm2 10.0.0.2
    check "$hook: 100 pings" in_ns vm2 ping -q -n -c 100 -i 0.01 -W 2 10.0.0.1
    check "$hook: large packets" in_ns vm2 ping -q -n -c 10 -i 0.01 -W 2 -s 1472 10.0.0.1
    transfer vm0 vm2 10.0.0.3
    transfer vm2 vm1 10.0.0.2
done
check_eq "the veth's queues have sockets" "$(port_stat vm2 copy)" copy
check_ledger vm0 vm1 vm2

say "rules see them as any port"
xvs flow add sw0 'priority=10,in_port=vm0,icmp,actions=drop'
check_not "a rule that drops" ping_ok vm0 10.0.0.2
xvs flow add sw0 'priority=20,in_port=vm0,icmp,actions=set_field:5->ip_ttl,NORMAL'
check "a rule that rewrites" wait_for 3 ping_ok vm0 10.0.0.2
bg capture in_ns vm1 timeout 10 tcpdump -n -v -i eth0 -c 1 'icmp[0] = 8'
wait_for 5 grep -q listening "$XVS_TEST_DIR/capture.err" "$XVS_TEST_DIR/capture.out"
in_ns vm0 ping -q -n -c 2 -W 1 10.0.0.2 >/dev/null
bg_wait capture
check_match "has the packet rewritten" "$(bg_out capture)" "ttl 5,"
xvs flow del sw0 in_port=vm0

say "VLANs"
xvs port set sw0 vm0 tag=10
xvs port set sw0 vm1 tag=20
check_not "not to another VLAN" ping_ok vm0 10.0.0.2
xvs port set sw0 vm1 tag=10
check "in one VLAN" wait_for 3 ping_ok vm0 10.0.0.2
transfer vm0 vm1 10.0.0.2
xvs port set sw0 vm0 tag=none
xvs port set sw0 vm1 tag=none

say "the guest goes and comes back"
bg_stop guest_vm1 KILL
check "no guest: no carrier" wait_for 10 port_is vm1 no-carrier
check_match "which is told" "$(port_stat vm1 reason)" "no guest"
check "others go on" wait_for 3 ping_ok vm0 10.0.0.3
bg guest_vm1b in_ns vm1 "$TOOLS/vhost_guest" "$(vhost_socket vm1)" eth0
check "the port is up again" wait_for 10 port_is vm1 up
ip -n vm1 link set eth0 address 02:00:00:00:00:03 up
ip -n vm1 addr add 10.0.0.2/24 dev eth0
check "without a command" wait_for 5 ping_ok vm0 10.0.0.2
check_ledger vm0 vm1 vm2

say "a guest whose offload headers are wrong"
vhost_guest vm3 10.0.0.4/24 -b
vhost_port vm3
check_not "its frames go nowhere" ping_ok vm3 10.0.0.3
check_num "but into the ledger" "$(drops_of vm3 hand-up-failed)" -ge 1
check_ledger vm3
check "others go on" wait_for 3 ping_ok vm0 10.0.0.3
xvs port del sw0 vm3
bg_stop guest_vm3

say "a guest that sends by offloads that it has not agreed to"
vhost_guest vm4 10.0.0.5/24 -l
vhost_guest vm5 10.0.0.6/24 -o
vhost_port vm4
vhost_port vm5
check "is understood" wait_for 3 ping_ok vm4 10.0.0.6
transfer vm4 vm5 10.0.0.6
check_eq "and the other has agreed to all that it gets" "$(grep -c 'not agreed' \
    "$XVS_TEST_DIR/guest_vm5.out")" 0
check_ledger vm4 vm5
for i in 4 5; do
    xvs port del sw0 vm$i
    bg_stop guest_vm$i
done

say "idle guests cost nothing"
switches() { awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$(daemon_pid)/task"/*/status; }
before=$(switches)
sleep 2
check_num "wake-ups of all of xvsd's threads in 2 s" $(($(switches) - before)) -le 40

say "what is refused"
check_exit "no path" 2 "$XVSCTL" port add sw0 vm9 type=vhost-user
check_match "says so" "$err" "path"
check_exit "a file that is no socket" 1 "$XVSCTL" port add sw0 vm9 type=vhost-user path=/etc/passwd
check_exit "a hook" 2 "$XVSCTL" port add sw0 vm9 type=vhost-user path=/tmp/vm9.sock hook=xdp
check_exit "queues" 2 "$XVSCTL" port add sw0 vm9 type=vhost-user path=/tmp/vm9.sock queues=17

say "the end"
xvs port del sw0 vm1
check_eq "its socket is gone" "$(ls "$(vhost_socket vm1)" 2>/dev/null)" ""
bg_stop guest_vm1b
xvs detach
wait_for 5 test ! -e "$XVS_RUNDIR/xvsd.pid" || :
g vm2 ethtool -K eth0 tx on >/dev/null
host_snapshot >"$XVS_TEST_DIR/after"
check "the host is as it was" diff -u "$XVS_TEST_DIR/before" "$XVS_TEST_DIR/after"
finish
