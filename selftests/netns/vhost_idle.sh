#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# vhost_idle: guests that have nothing to say cost no CPU. So many of them are
# connected, each with memory and rings of its own, and the daemon is woken no more
# often than without them.
#
#   front ends (tools/vhost_idle) ── sw0, sw1, sw2
#
#   GUESTS=N   how many (default 200; .ci/run and make bench have 1,000)

. "$(dirname "$0")/../lib.sh"

n=${GUESTS:-200}
per_switch=350 # of XVS_MAX_SWITCH_PORTS

# "TIMES-ON-A-CPU NANOSECONDS-ON-A-CPU" of all threads of the daemon.
daemon_ran() {
    cat /proc/"$(daemon_pid)"/task/*/schedstat | awk '{ ns += $1; n += $3 } END { printf "%.0f %.0f\n", n, ns }'
}

# What the daemon did in ten seconds. Sets times and us.
watch_it() {
    local before after
    before=$(daemon_ran)
    sleep 10
    after=$(daemon_ran)
    times=$((${after% *} - ${before% *}))
    us=$(((${after#* } - ${before#* }) / 1000))
}

up_ports() {
    local sw count=0
    for sw in sw0 sw1 sw2; do
        count=$((count + $(json_get '[.[] | select(.state == "up")] | length' port show $sw)))
    done
    echo $count
}

all_up() { [ "$(up_ports)" = "$n" ]; }
none_up() { [ "$(up_ports)" = 0 ]; }

"$XVSD" --daemon
for sw in sw0 sw1 sw2; do
    xvs switch add $sw
done
watch_it
alone=$times
say "FIGURE without guests: the daemon ran $times times, $us us of CPU in 10 s"

sockets=()
for ((i = 0; i < n; i++)); do
    sockets+=("$XVS_TEST_DIR/$i.sock")
    "$XVSCTL" -q port add sw$((i / per_switch)) "vm$i" type=vhost-user \
        "path=$XVS_TEST_DIR/$i.sock"
done
check_num "ports" "$(json_get '[.[].name] | length' port show sw0)" -ge 1
bg guests "$TOOLS/vhost_idle" "${sockets[@]}" >/dev/null
check "$n guests are set up" wait_for 60 bg_says guests "ready $n"
bg_out guests | quote
check "all ports are up" wait_for 10 all_up
watch_it
say "FIGURE $n idle guests: the daemon ran $times times, $us us of CPU in 10 s"
check_num "times that the daemon ran in 10 s, beside $alone without guests" "$times" -le \
    $((alone + 100))
check "they are still there" all_up
bg_stop guests
check "gone: no port is up" wait_for 20 none_up
began=$(now_ms)
check "detach" xvs -t 120 detach
say "FIGURE detach of $n ports: $(($(now_ms) - began)) ms"
finish
