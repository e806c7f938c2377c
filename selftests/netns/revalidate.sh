#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# revalidate: every change of rules, ports and learned addresses reaches a flow
# that is cached, within 500 ms, and idle flows leave the cache.
#
#   vm0 10.0.0.1 ──┐
#   vm1 10.0.0.2 ──┤ sw0    a UDP flow vm0 → 10.0.0.2 runs all the time
#   vm2          ──┘        vm2: a second home of the same address

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
guest vm2 10.0.0.2/24
mac1=$(dev_mac vm1)
ip -n vm0 neigh replace 10.0.0.2 lladdr "$mac1" dev eth0 nud permanent
for guest in vm1 vm2; do
    ip -n $guest neigh replace 10.0.0.1 lladdr "$(dev_mac vm0)" dev eth0 nud permanent
done
xvs attach vm0 vm1 vm2
learn_on() { # GUEST: a frame from the shared address
    in_ns "$1" $FRAMES send eth0 src="$mac1" dst="$(dev_mac vm0)" payload=here
}
learn_on vm1

# Prints the time, in ms, at most every 10 ms while the flow is seen.
watcher='import socket, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
s.bind(("eth0", 0x0800))
last = 0
while True:
    f, a = s.recvfrom(2048)
    now = time.time()
    if a[2] != 4 and f[23] == 17 and now - last > 0.01:
        print(int(now * 1000), flush=True)
        last = now'
for guest in vm1 vm2; do
    ip -n $guest link set eth0 promisc on
    bg "watch-$guest" in_ns $guest python3 -u -c "$watcher"
done
bg send in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 5000 200000 1000 32 6000

last_at() { # GUEST
    local t
    t=$(tail -n 1 "$XVS_TEST_DIR/watch-$1.out")
    echo "${t:-0}"
}
arrives() { # GUEST: within the last 100 ms
    [ $(($(now_ms) - $(last_at "$1"))) -lt 100 ]
}
silent() { ! arrives "$1"; }
only_at() { # GUEST OTHER
    arrives "$1" && silent "$2"
}
both_silent() { silent vm1 && silent vm2; }
# How long until the flow is where it should be, 100 ms to see it included.
within_500() { # DESCRIPTION CONDITION...
    local start desc=$1
    shift
    start=$(now_ms)
    if ! wait_for 3 "$@"; then
        fail "$desc: not within 3 s"
        xvs_json cache show sw0 | jq -c '.[] | [.match, .actions]' | quote
        return 0
    fi
    check_num "$desc (ms)" $(($(now_ms) - start)) -le 600
}

check "the flow runs to vm1 only" wait_for 5 only_at vm1 vm2

learn_on vm2
within_500 "the address moves to vm2 by learning" only_at vm2 vm1
learn_on vm1
within_500 "and back" only_at vm1 vm2
xvs fdb add sw0 "$mac1" vm2
within_500 "a static entry" only_at vm2 vm1
xvs fdb del sw0 "$mac1"
learn_on vm1
within_500 "deleted and learned at vm1" only_at vm1 vm2

xvs flow add sw0 'priority=10,udp,tp_dst=5000,actions=output:vm2'
within_500 "a rule above the others" only_at vm2 vm1
xvs flow mod sw0 'udp,tp_dst=5000,actions=output:vm1'
within_500 "its actions change" only_at vm1 vm2
xvs flow mod sw0 'udp,tp_dst=5000,actions=drop'
within_500 "it drops" both_silent
xvs flow del sw0 'udp,tp_dst=5000'
within_500 "it is deleted" only_at vm1 vm2

xvs port set sw0 vm1 tag=10
within_500 "the port changes its VLAN" silent vm1
xvs port set sw0 vm1 tag=none
learn_on vm1
within_500 "and back" only_at vm1 vm2
xvs port set sw0 vm1 blocked=on
within_500 "the output is blocked" silent vm1
xvs port set sw0 vm1 blocked=off
learn_on vm1
within_500 "and free again" only_at vm1 vm2
xvs port set sw0 vm0 blocked=on
within_500 "the input is blocked" both_silent
xvs port set sw0 vm0 blocked=off
within_500 "and free again" arrives vm1
xvs port del sw0 vm1
within_500 "the output is no port any more" silent vm1
xvs port add sw0 vm1
learn_on vm1
within_500 "and is one again" only_at vm1 vm2

say "a change is judged against whom it can concern"
judged() { cache_stat .revalidated_total; }
judges() { # DESCRIPTION OP NUMBER COMMAND...: how many flows it has judged again
    local before desc=$1 op=$2 n=$3
    shift 3
    before=$(judged)
    xvs -q "$@"
    check_num "$desc" $(($(judged) - before)) "$op" "$n"
}
check "the flow is cached" wait_for 5 arrives vm1
judges "a rule for other packets: no flow" -eq 0 flow add sw0 'priority=10,dl_dst=02:00:00:00:77:77,actions=drop'
judges "a table that nobody visits: none" -eq 0 flow add sw0 'table=7,priority=1,actions=drop'
judges "an address that nobody sends to: none" -eq 0 fdb add sw0 02:00:00:00:77:77 vm2
judges "a rule for the flow: it" -ge 1 flow add sw0 'priority=10,udp,tp_dst=5000,actions=normal'
judges "its removal: it" -ge 1 flow del sw0 'udp,tp_dst=5000'
judges "its address: it" -ge 1 fdb add sw0 "$mac1" vm1
xvs -q fdb del sw0 "$mac1"
learn_on vm1

say "idle flows leave the cache"
has_flow() { [ "$(json_get length cache show sw0)" -ge 1 ]; }
check "there are cached flows" has_flow
bg_stop send
empty() { [ "$(json_get length cache show sw0)" -eq 0 ]; }
check "none after some more than 10 s" wait_for 20 empty
xvs_json cache show sw0 | jq -c '.[] | [.match, .used_ms]' | quote
check_num "installed = removed" "$(cache_stat '.installed_total - .removed_total')" -eq 0
check_ledger vm0
finish
