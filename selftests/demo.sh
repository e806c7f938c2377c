#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# demo.sh (`make demo`): the main job in a minute. Two guests in name spaces of
# their own, one `xvsctl attach`, traffic, what the switch knows about it, and a
# detach that leaves the host as it was. Nothing outside the new name spaces is
# touched.

. "$(dirname "$0")/lib.sh"

if [ -t 1 ]; then
    bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
else
    bold='' dim='' plain=''
fi
trap 'echo "demo failed at line $LINENO: $BASH_COMMAND" >&2' ERR

title() {
    printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}
show() { # CMD...: on the host, as one would type it
    printf '%s[host]%s %s\n' "$dim" "$plain" "$*"
    PATH="$(dirname "$XVSCTL"):$PATH" "$@" 2>&1 | sed 's/^/  /'
}
show_in() { # GUEST CMD...
    printf '%s[%s]%s %s\n' "$dim" "$1" "$plain" "${*:2}"
    in_ns "$@" 2>&1 | sed 's/^/  /'
}
rate() { # WHAT FROM TO IP [IPERF3-ARG...]
    local gbps
    gbps=$(tcp_gbps "$2" "$3" "$4" -t 2 "${@:5}" 2>/dev/null)
    printf '  %-18s %8s Gb/s\n' "$1" "$gbps"
}

cat <<'TOPOLOGY'

    ┌────── vm0 ───────┐   ┌─────── host ───────┐   ┌────── vm1 ───────┐
    │ eth0 10.0.0.1    ├───┤ vm0    sw0     vm1 ├───┤ eth0 10.0.0.2    │
    │      fd00::1     │   └────────────────────┘   │      fd00::2     │
    └──────────────────┘                            └──────────────────┘
TOPOLOGY
guest vm0 10.0.0.1/24 fd00::1/64 >/dev/null
guest vm1 10.0.0.2/24 fd00::2/64 >/dev/null
host_snapshot >"$XVS_TEST_DIR/before"

title "One command makes them a switch"
show xvsctl attach vm0 vm1

title "Ping, IPv4 and IPv6"
show_in vm0 ping -n -c 3 -i 0.1 -W 1 10.0.0.2
show_in vm1 ping -q -n -c 3 -i 0.1 -W 1 fd00::1

title "iperf3, two seconds each"
rate "TCP over IPv4" vm0 vm1 10.0.0.2
rate "TCP over IPv6" vm0 vm1 fd00::2
rate "UDP over IPv4" vm1 vm0 10.0.0.1 -u -b 1G
rate "UDP over IPv6" vm1 vm0 fd00::1 -u -b 1G

title "A rule, and how a packet would fare"
show xvsctl flow add sw0 'priority=10,tcp,nw_dst=10.0.0.2,tp_dst=23,actions=drop'
printf '%s[vm0]%s connecting to 10.0.0.2 port 23: ' "$dim" "$plain"
if in_ns vm0 timeout 1 bash -c 'exec 3<>/dev/tcp/10.0.0.2/23' 2>/dev/null; then
    echo "connected"
    false
else
    echo "no answer, as the rule says"
fi
show xvsctl trace sw0 'in_port=vm0,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_dst=23'

title "What the switch knows"
show xvsctl -s port show sw0
show xvsctl fdb show sw0
show xvsctl -s flow show sw0
show xvsctl cache show sw0
show xvsctl cache stats sw0
show xvsctl drops show sw0
show xvsctl status

title "Detach, and the host is as it was"
show xvsctl detach
host_snapshot >"$XVS_TEST_DIR/after"
diff -u "$XVS_TEST_DIR/before" "$XVS_TEST_DIR/after"
echo "  flags, offloads, queueing disciplines, programs and pins: no difference"
if ping_quick vm0 10.0.0.2 >/dev/null; then
    echo "  yet something forwards" >&2
    false
fi
finished=yes
title "Demo passed in $SECONDS s"
