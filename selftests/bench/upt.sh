#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# upt: a guest in MUX and in UPT, in turns in one run: packets a second out of an
# uplink and what one costs the switch, and the round trip from the wire to a quiet
# guest while another one floods the uplink. Figures, not a test.
#
#   gen (testpmd) ──┐
#                   ├── sw0 ── up0 (queues 0, 1) ── wire 10.0.0.9
#   vm1 (10.0.0.2) ─┘
#
#   ROUNDS=N SECONDS_EACH=N   turns of each mode (default 5), and how long (default 2)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../netns/common/vhost.bash"
. "$(dirname "$0")/../guests/common/testpmd.bash"

rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-2}
declare -A rates=() costs=() trips=()

# The machine's other work shall not decide.
renice -n -15 $$ >/dev/null
echo -15 >/proc/self/autogroup || :
pmd_need
vhost_uplink
xvs attach up0
xvs port set sw0 up0 hook=xdp
vhost_guest vm1 10.0.0.2/24 -n 1024
vhost_port vm1
xvs port add sw0 gen type=vhost-user "path=$(vhost_socket gen)"
xvs flow add sw0 in_port=gen,actions=output:up0
pmd_start gen 1 --no-huge -m 256 \
    "$(pmd_virtio "$(vhost_socket gen)" 0 queue_size=1024)" \
    -- -i --forward-mode=txonly --rxd=1024 --txd=1024 --total-num-mbufs=16384 >/dev/null
wait_for 10 port_is gen up
check "ping" wait_for 5 ping_ok wire 10.0.0.2

own() { # PORT: a thread and queue 1 for itself
    xvs -q port set sw0 "$1" mode=upt uplink=up0 queue=1 steered=on
}

# "MICROSECONDS NANOSECONDS-OF-THE-SWITCH FRAMES"
reading() {
    echo "${EPOCHREALTIME/./}" \
        "$(cpu_ns "$(daemon_pid)")" \
        "$(port_stat gen forwarded)"
}

flood() { # MODE
    local a b
    sleep 0.3
    a=$(reading)
    sleep "$seconds"
    b=$(reading)
    read -r rate cost < <(echo "$a $b" | awk '{ n = $6 - $3
        printf "%d %d\n", n / ($4 - $1) * 1e6, n ? ($5 - $2) / n : 0 }')
    rates[$1]+=" $rate"
    costs[$1]+=" $cost"
    [ "$rate" -gt 0 ]
}

# Microseconds, the median of those that were answered.
round_trip() { # MODE
    in_ns wire ping -n -c 300 -i 0.005 -W 1 10.0.0.2 >"$XVS_TEST_DIR/ping"
    # shellcheck disable=SC2046 # a list
    trips[$1]+=" $(median $(grep -o 'time=[0-9.]*' "$XVS_TEST_DIR/ping" | cut -d= -f2 |
        awk '{ print $1 * 1000 }'))"
}

pmd gen start
for ((round = 0; round < rounds; round++)); do
    xvs -q port set sw0 gen mode=mux
    check "MUX: frames leave" flood mux
    round_trip "mux, flooded"
    own vm1
    round_trip "upt, flooded"
    xvs -q port set sw0 vm1 mode=mux
    own gen
    check "UPT: frames leave" flood upt
done
pmd gen stop
xvs -q port set sw0 gen mode=mux
for ((round = 0; round < rounds; round++)); do
    round_trip "mux, quiet"
    own vm1
    round_trip "upt, quiet"
    xvs -q port set sw0 vm1 mode=mux
done
pmd_quit gen

for mode in mux upt; do
    say "FIGURE $mode: $(mid "${rates[$mode]}") packets/s out of the uplink," \
        "$(mid "${costs[$mode]}") ns of the switch each"
done
for what in quiet flooded; do
    for mode in mux upt; do
        say "FIGURE $mode, $what: round trip of $(mid "${trips[$mode, $what]}") us"
    done
done
finish
