#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# port_xsk: another program holds the AF_XDP sockets of a port. A guest behind them,
# a tap device whose frames that program carries, talks with guests on veth by both
# hooks; what it sees has right checksums; what it does not take is counted.
#
#   ┌────────────── host ──────────────┐
#   │ vm0 ── sw0 ── xvsN ═══ x0        │   vm0 10.0.0.1, vm1 10.0.0.2: veth
#   │ vm1 ───┘            sockets      │   vm3 10.0.0.3: tap eth0 of xsk_consumer
#   └────────────────────────┴─────────┘

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/transfer.bash"
. "$(dirname "$0")/common/xsk.bash"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
xsk_guest vm3 10.0.0.3/24
host_snapshot >"$XVS_TEST_DIR/before"
xvs attach vm0 vm1

say "what it is"
check "port add" xvs port add sw0 x0 type=xsk
far=$(cat /sys/class/net/x0/ifindex)
check_eq "type, hook, state and queues" "$(json_get \
    '.[0] | "\(.type) \(.hook) \(.state) \(.queues) \(.queues_bound) \(.copy) \(.consumer)"' \
    port show sw0 x0)" "xsk tc no-carrier 1 0 null null"
check_match "the reason says why" "$(port_stat x0 reason)" 'no program holds its sockets'
check_eq "the socket is root's alone" "$(stat -c '%U %a %F' "$(port_stat x0 socket)")" \
    "root 600 socket"
check "its map is pinned" test -e "$(port_stat x0 pin)"
check_eq "nothing of the host is on the far end" \
    "$(ip -j addr show dev x0 | jq -c '.[0].addr_info')" "[]"
check_match "the journal has the pair" "$(cat "$XVS_RUNDIR/undo")" \
    "$(port_stat x0 device) [0-9]+ device off"

say "NORMAL: ping by both hooks"
consumer xsk tap eth0
check "the port is up" wait_for 2 port_is x0 up
check_eq "bound, copying" "$(json_get '.[0] | "\(.queues_bound) \(.copy) \(.reason)"' \
    port show sw0 x0)" "1 copy "
check_eq "the consumer is known" "$(port_stat x0 consumer)" "${bg_pid[xsk]}"
check_match "port show has it for people" "$(xvs port show sw0)" \
    "x0 .* xsk .* copy .* 1 +1 +${bg_pid[xsk]}"
for hook in tc xdp; do
    xvs port set sw0 vm1 "hook=$hook"
    [ $hook = tc ] || g vm1 ethtool -K eth0 gro on tx off
    for near in tc xdp; do
        check "port set hook=$near" xvs port set sw0 x0 "hook=$near"
        check_eq "is in force" "$(port_stat x0 hook)" $near
        check "vm0 (tc) reaches it" ping_ok vm0 10.0.0.3
        check "vm1 ($hook) reaches it" ping_ok vm1 10.0.0.3
        check "it reaches vm0" ping_ok vm3 10.0.0.1
        check "it reaches vm1" ping_ok vm3 10.0.0.2
    done
done

say "TCP of guests with their offloads, whose every frame is verified"
check_match "vm0 segments in its device" "$(in_ns vm0 ethtool -k eth0)" \
    'tcp-segmentation-offload: on'
check_match "and leaves checksums to it" "$(in_ns vm0 ethtool -k eth0)" 'tx-checksumming: on'
g vm1 ethtool -K eth0 tx on
for near in tc xdp; do
    xvs port set sw0 x0 "hook=$near"
    say "the port has hook=$near"
    transfer vm0 vm3 10.0.0.3
    transfer vm3 vm0 10.0.0.1
    transfer vm1 vm3 10.0.0.3
    transfer vm3 vm1 10.0.0.2
done
check_eq "UDP arrives as well" "$(udp_to vm0 vm3 10.0.0.3)" hello
check_eq "by XDP too" "$(udp_to vm1 vm3 10.0.0.3)" hello
check_ledger vm0 vm1 x0
consumer_end xsk
check_num "TCP frames were verified" "$(total_of xsk tcp)" -gt 20000
check_num "UDP as well" "$(total_of xsk udp)" -ge 2
check_num "no checksum or length was wrong" "$(total_of xsk bad)" -eq 0
check_num "none was larger than the MTU" "$(total_of xsk largest)" -eq 1514
# A large segment is one packet of the port and many frames of its device.
check_eq "frames of the device = received + counted drops" \
    "$(ip -s -j link show dev "$(port_stat x0 device)" |
        jq '.[0].stats64.tx | .packets + .dropped')" \
    $(($(total_of xsk received) + $(drops_of x0 egress-failed)))
check "no carrier without it" wait_for 2 port_is x0 no-carrier
check_not "vm0 does not reach it" ping_quick vm0 10.0.0.3

say "tags are in the frames"
consumer xsk tap eth0
wait_for 2 port_is x0 up
xvs port set sw0 vm0 tag=10
g vm0 ping -q -n -c 3 -i 0.05 -W 0.1 10.0.0.9 >/dev/null || :
check_ledger vm0 x0
consumer_end xsk
check_num "the consumer saw them" "$(total_of xsk tagged)" -gt 0
xvs port set sw0 vm0 tag=none

say "what is not taken is counted"
xvs flow add sw0 'priority=9,in_port=vm0,actions=output:x0'
before=$(port_stat x0 tx_packets)
lost=$(drops_of x0 egress-failed)
consumer xsk -f 64 stall
wait_for 2 port_is x0 up
# The first makes the flow: what comes with it waits for that, or is dropped before.
flood_udp vm0 1
wait_for 2 sent_to x0 $((before + 1))
flood_udp vm0 500
sent=$(($(port_stat x0 tx_packets) - before))
check_num "frames went to the port" "$sent" -ge 501
# The ring has 32 entries, and nothing takes them.
check_num "and are counted but for those in its ring" \
    $((sent - $(drops_of x0 egress-failed) + lost)) -eq 32
consumer_end xsk
say "sockets that nobody has bound take nothing"
before=$(port_stat x0 tx_packets)
lost=$(drops_of x0 egress-failed)
bg holder "$XVSCTL" port exec sw0 x0 -- sleep 1000
check "somebody holds them: up" wait_for 2 port_is x0 up
check_eq "none is bound" "$(json_get '.[0] | "\(.queues_bound) \(.copy)"' port show sw0 x0)" \
    "0 null"
flood_udp vm0 100
check_eq "each frame is counted" $(($(drops_of x0 egress-failed) - lost)) \
    $(($(port_stat x0 tx_packets) - before))
bg_stop holder
xvs flow del sw0 in_port=vm0
check_ledger vm0 vm1 x0

say "one consumer at a time, until its process has ended"
consumer xsk tap eth0
check_exit "a second one: exit 1" 1 xvs port exec sw0 x0 true
check_eq "is told who has the sockets" "$err" \
    "xvsctl: port x0: process ${bg_pid[xsk]} holds its sockets"
check "the first goes on" ping_ok vm0 10.0.0.3
bg_stop xsk KILL
consumer xsk tap eth0
check "after kill -9 of it the next one" ping_ok vm0 10.0.0.3
say "the far end is the sockets', but root may set it down"
h ip link set x0 down
check "no carrier" wait_for 2 port_is x0 no-carrier
check_match "the reason says why" "$(port_stat x0 reason)" 'its far end was set down'
h ip link set x0 up
check "up again" wait_for 2 port_is x0 up
check "with the same consumer" ping_ok vm0 10.0.0.3
consumer_end xsk

say "port exec fills in and hands down"
check_exit "fds, name and number" 0 xvs port exec sw0 x0 -- \
    sh -c 'echo "$@" "$XVS_XSK_FDS $XVS_XSK_IFNAME $XVS_XSK_IFINDEX"' sh \
    'ifname={ifname},queues={queues},sock-fds={fds},{other}'
check_match "as QEMU wants them" "$out" \
    "^ifname=x0,queues=1,sock-fds=([0-9]+),\{other\} \1 x0 $far\$"
check_exit "the program's exit status" 7 xvs port exec sw0 x0 -- sh -c 'exit 7'
check_exit "no such program: exit 3" 3 xvs port exec sw0 x0 /nowhere
check_match "says so" "$err" '/nowhere: No such file'
check_exit "no such port: exit 3" 3 xvs port exec sw0 x9 true
check_exit "a port of another type: exit 1" 1 xvs port exec sw0 vm0 true
check_match "says so" "$err" 'port vm0: has no sockets to hand out: its type is netdev'
check_exit "zero-copy is not what a veth can" 2 xvs port exec sw0 x0 -- \
    "$TOOLS/xsk_consumer" -z count

say "who comes and goes without end is put off, and takes nothing from others"
refused=0
for i in $(seq 40); do
    "$XVSCTL" port exec sw0 x0 true 2>"$XVS_TEST_DIR/often" || refused=$((refused + 1))
done
check_num "of 40 are refused" $refused -gt 0
check "they are told why" grep -q 'came and went too often: try again' "$XVS_TEST_DIR/often"
check "and may come again" wait_for 10 "$XVSCTL" port exec sw0 x0 true

say "the daemon is killed: known flows go on, and the next one makes a new pair"
consumer xsk tap eth0
check "before" ping_ok vm0 10.0.0.3
kill -9 "$(daemon_pid)"
wait_for 5 daemon_gone
check "while there is no daemon" ping_ok vm0 10.0.0.3
check "another daemon" xvs attach vm0 vm1
check "the consumer's device went" wait_for 5 bg_says xsk "^gone"
bg_wait xsk || :
check_not "as did the far end" ip link show dev x0
check_not "and the socket" test -e "$XVS_RUNDIR/xsk"
check "port add" xvs port add sw0 x0 type=xsk
consumer xsk tap eth0
check "after" ping_ok vm0 10.0.0.3
check_ledger vm0 vm1 x0

say "deleted by the user: missing, until he wants another one"
check "delete" ip link del x0
check "missing" wait_for 2 port_is x0 missing
check_match "the reason says what to do" "$(port_stat x0 reason)" 'port del and port add'
check "the consumer sees it" wait_for 5 bg_says xsk "^gone"
bg_wait xsk || :
check_eq "nothing of it is left" "$(find "$XVS_RUNDIR" -name 'x0*'; pins | grep /xsk/ || :)" ""
check "port del" xvs port del sw0 x0

say "errors"
check_exit "too many queues: exit 2" 2 xvs port add sw0 x1 type=xsk queues=17
check_match "says so" "$err" 'queues=17: must be .*1 .*16'
check_exit "none: exit 2" 2 xvs port add sw0 x1 type=xsk queues=0
check_exit "queues= of another type: exit 2" 2 xvs port add sw0 x1 type=internal queues=2
check_match "says so" "$err" 'port x1: queues= is for xsk ports, and the type is internal'
check_exit "owner= of another type: exit 2" 2 xvs port add sw0 x1 type=internal owner=nobody
check_exit "no such user: exit 2" 2 xvs port add sw0 x1 type=xsk owner=nobody-here
check_match "says so" "$err" 'port x1: owner=nobody-here: there is no such user or group'
check_exit "half an owner: exit 2" 2 xvs port add sw0 x1 type=xsk owner=nobody:
check_exit "peer= is not for it: exit 2" 2 xvs port add sw0 x1 type=xsk peer=vm0
check_exit "the name is a device's: exit 1" 1 xvs port add sw0 lo type=xsk
check_match "says so" "$err" 'port lo: a device of that name exists already'
check_exit "too long a name: exit 2" 2 xvs port add sw0 a234567890123456 type=xsk
check_not "nothing was made" ip link show dev x1

say "detach leaves nothing"
xvs port add sw0 x0 type=xsk queues=4
consumer xsk count
check "detach" xvs detach
check "the consumer's device went" wait_for 5 bg_says xsk "^gone"
bg_wait xsk || :
host_snapshot >"$XVS_TEST_DIR/after"
check "the host is as it was" diff -u "$XVS_TEST_DIR/before" "$XVS_TEST_DIR/after"
check_eq "no journal, no socket is left" \
    "$(find "$XVS_RUNDIR" -name undo; find "$XVS_RUNDIR" -type s)" ""
finish
