#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ablation: what each optimisation of the classifier is worth, with the table and
# the traffic of NSDI'15 (netns/common/ablation.bash), beside Table 1 of the paper.
# The figures are figures; what is checked is the shape: cached flows grow with
# connections where ports are un-wildcarded, and are few where they are not.
#
#   answered, conn/s   connections, each one byte to and fro
#   lost               failed, or not answered when time was up
#   p99                of the time from connect to answer. Upcalls are admitted at
#                      20,000/s a port; a SYN that is refused comes again after 1 s
#   flows, masks       cached, at the end; some are of ARP and ping, from before
#   upcalls, refused   by the switch, during the run
#   probes             masks looked at for a packet; a microflow hint that is right
#                      is one
#   CPU%, us/conn      of the daemon: user/system, and both for a connection
#   paper              servers of 16 cores, 400 sessions; CPU of the whole host
#
# Connections to 9.1.1.1 (the last row) are of the rule with ports, as far as the
# address tells: there it is the prefixes of ports that keep flows few. Open
# vSwitch 3.1 makes 7 flows of 7 masks of it, 6 of them by the prefix of tp_src.
#
#   CONNECTIONS=N SECONDS_EACH=N SESSIONS=N   a row (default 100000, 10 and 128)

. "$(dirname "$0")/../lib.sh"
. "$LIB_DIR/netns/common/ablation.bash"

n=${CONNECTIONS:-100000} each=${SECONDS_EACH:-10} sessions=${SESSIONS:-128}
# Seven packets a connection; 300 MiB of tables are enough for ten seconds of them.
flow_limit=$((8 * n > 524288 ? 524288 : 8 * n))
all=9.1.1.6-9
declare -A got=() of=()

line() { # CELL...: of the table
    printf '%-19s %8s %7s %5s %7s %7s %5s %7s %7s %6s %6s %6s | %s\n' "$@"
}

row() { # NAME PAPER TO CACHE-OPTION CLASSIFIER-OPTION...
    ablation_start "${@:5}"
    [ -z "$4" ] || "$XVSCTL" -q cache set sw0 "$4"
    ablation_run "$3" "$n" "$each" "$sessions"
    ablation_stop
    got[$1]=$flows of[$1]=$connections
    line "$1" "$connections" "$per_s" $((failed + unfinished)) $((p99_us / 1000)) "$flows" \
        "$masks" "$upcalls" "$refused" "$probes" "$user/$system" "$us_each" "$2"
}

ablation_guests
say "$n connections a row or $each s, $sessions at once"
line configuration answered conn/s lost p99/ms flows masks upcalls refused probes CPU% us/conn \
    'paper: 10^3/s, flows, masks, CPU%'
off='priority-sort=off staged=off prefix=off'
on='priority-sort=on staged=on prefix=on'
# shellcheck disable=SC2086 # lists of options
{
    row "megaflows off" "37, 1,051,884, 1, 45/40" $all mega=off $off
    row "no optimisation" "56, 905,758, 3, 37/40" $all '' $off
    row "priority sorting" "57, 794,124, 4, 39/45" $all '' ${off/sort=off/sort=on}
    row "prefix tracking" "95, 13, 10, 0/15" $all '' ${off/prefix=off/prefix=on}
    row "staged lookup" "115, 14, 13, 0/15" $all '' ${off/staged=off/staged=on}
    row "all" "117, 15, 14, 0/20" $all '' $on
    row "all, microflows off" "92" $all micro=off $on
    row "all, to 9.1.1.1" "" 9.1.1.1 '' $on
}

for name in "megaflows off" "no optimisation" "priority sorting"; do
    check_num "$name: flows grow with connections" "${got[$name]}" -ge "${of[$name]}"
done
for name in "prefix tracking" "staged lookup" all "all, microflows off" "all, to 9.1.1.1"; do
    check_num "$name: few flows for ${of[$name]} connections" "${got[$name]}" -lt 100
    check_num "$name: connections were answered" "${of[$name]}" -gt 0
done
finish
