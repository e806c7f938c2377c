#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# vhost_counts: from one vhost-user guest to another every packet is received or
# is a counted drop: with 1, 2 and 4 queues, split and packed rings, and frames of
# one and of several descriptors. The guests are DPDK's driver of virtio-net, and
# each counts for itself.
#
#   vm0 (sends as fast as it can) ── sw0 ── vm1 (receives)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../guests/common/testpmd.bash"

packets=${PACKETS:-200000}
cpus=$(nproc)
pmd_need

# Each with memory of its own, a ring of 256 and 'queues' pairs of them.
driver() { # NAME CPU MODE RING-OPTIONS TESTPMD-ARG...
    local name=$1 cpu=$2 mode=$3 options=$4
    shift 4
    # shellcheck disable=SC2086 # a list of words
    pmd_start "$name" "$cpu" --no-huge -m 192 "$(pmd_virtio "$XVS_TEST_DIR/$name.sock" 0 \
        "queues=$queues" queue_size=256 $options)" -- -i "--forward-mode=$mode" \
        "--rxq=$queues" "--txq=$queues" --rxd=256 --txd=256 --total-num-mbufs=8192 "$@"
}

all_drops() {
    json_get '[.[].packets] | add // 0' drops show sw0
}

sent_enough() {
    [ "$(pmd_stat vm0 0 TX-packets)" -ge $packets ]
}

# Sets received, dropped, and how many of these vm1's rings had no room for.
all_there() {
    no_room=$(($(drops_of vm1 egress-failed) - no_room_before))
    received=$(pmd_stat vm1 0 RX-packets)
    dropped=$(($(all_drops) - dropped_before))
    [ $((received + dropped)) -ge "$sent" ]
}

run() { # WHAT RING-OPTIONS SENDER-ARG...
    local what="$queues queues, $1" options=$2 name
    shift 2
    for name in vm0 vm1; do
        xvs -q port add sw0 $name type=vhost-user "path=$XVS_TEST_DIR/$name.sock" "queues=$queues"
    done
    xvs -q flow add sw0 'in_port=vm0,actions=output:vm1'
    dropped_before=$(all_drops) no_room_before=$(drops_of vm1 egress-failed)
    driver vm1 $((cpus > 1)) rxonly "$options"
    driver vm0 0 txonly "$options" "$@"
    check "$what: ports are up" wait_for 10 port_is vm0 up
    wait_for 10 port_is vm1 up
    pmd vm1 start
    pmd vm0 start
    check "$what: $packets packets and more" wait_for 60 sent_enough
    pmd vm0 stop
    wait_for 10 bg_says pmd.vm0 'Forward statistics'
    sent=$(pmd_stat vm0 0 TX-packets)
    received=0 dropped=0 no_room=0
    wait_for 20 all_there || :
    say "sent $sent, received $received, dropped $dropped, $no_room of these for want of room"
    check_num "$what: received + dropped" $((received + dropped)) -eq "$sent"
    check_num "$what: something is received" "$received" -ge 1000
    check_num "$what: what vm0's port received is what it sent" "$(port_stat vm0 rx_packets)" \
        -eq "$sent"
    check_num "$what: what went to vm1's port is received, or had no room" \
        "$(port_stat vm1 tx_packets)" -eq $((received + no_room))
    check_eq "$what: vm1 found nothing wrong" \
        "$(pmd_stat vm1 0 RX-errors) $(pmd_stat vm1 0 RX-missed)" "0 0"
    check_ledger vm0 vm1
    pmd_quit vm0
    pmd_quit vm1
    check "$what: gone, the ports have no carrier" wait_for 5 port_is vm0 no-carrier
    xvs -q flow del sw0 in_port=vm0
    xvs -q port del sw0 vm0
    xvs -q port del sw0 vm1
}

"$XVSD" --daemon
xvs switch add sw0
for queues in 1 2 4; do
    run "split rings" packed_vq=0
    run "packed rings" packed_vq=1
done
queues=1
run "split rings, no merged buffers" packed_vq=0,mrg_rxbuf=0
run "split rings, used in order" packed_vq=0,in_order=1
run "split rings, three descriptors a frame" packed_vq=0 --txpkts=64,700,600
run "packed rings, three descriptors a frame" packed_vq=1 --txpkts=64,700,600
finish
