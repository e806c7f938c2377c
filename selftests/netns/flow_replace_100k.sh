#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# flow_replace_100k: 100,000 rules are replaced while 200 flows run. In the order
# of sending each replace is one point: every packet before it gets what the old
# rules say, every packet from there on what the new ones say [I8]; none is lost,
# flows that nobody had seen before included. A file that is refused changes
# nothing.
#
#                            ┌── vm1 10.0.0.2   set a: TOS 16, to vm1
#   vm0 10.0.0.1 ── sw0 ──┤
#                            └── vm2 10.0.0.2   set b: TOS 32, to vm2
#
#   RATE=N        packets a second (see common/fan.bash)
#   REPLACES=N    of each kind of hook (default 6, an even number)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/fan.bash"

n_replaces=${REPLACES:-6}
n_rules=100000
first_port=20000 # as in udp_fan.c

fan_guests

# Rules in the manner of an access list, of which none matches the packets of this
# test though their addresses and ports are near. Set a sends all flows on by one
# wide rule, set b by a rule each, at priorities between all others: their masks
# have little in common.
cat >"$XVS_TEST_DIR/rules.py" <<'PY'
import random
import sys

kind, n_rules, n_flows, first_port, mac = sys.argv[1:]
rng = random.Random(kind)
nets = [rng.getrandbits(16) << 16 for _ in range(60)] + [10 << 24] * 4


def prefix():
    length = rng.choice((12, 16, 20, 24, 24, 28, 30, 32, 32, 32))
    address = rng.choice(nets) | rng.getrandbits(16)
    address &= 0xffffffff << 32 - length
    return "%d.%d.%d.%d/%d" % (*address.to_bytes(4, "big"), length)


def port():
    return rng.choice(("", ",tp_dst=%d" % rng.randrange(1, 5000), ",tp_dst=0x1000/0xffc0",
                       ",tp_src=0x4000/0xfff0", ",tp_dst=%d" % rng.choice((22, 53, 80, 443))))


rules = set()
while len(rules) < int(n_rules):
    proto = rng.choice(("tcp", "tcp", "udp"))
    destination = prefix()
    if proto == "udp" and destination.startswith("10."):
        continue
    rules.add("%s,nw_src=%s,nw_dst=%s%s" % (proto, prefix(), destination, port()))
lines = ["priority=%d,%s,actions=drop" % (2 + i * 60000 // len(rules), r)
         for i, r in enumerate(sorted(rules))]
if kind == "a":
    mine = ["priority=65000,udp,tp_dst=5000,actions=mod_nw_tos:16,output:vm1"]
else:
    actions = "mod_nw_tos:32,mod_dl_dst:%s,output:vm2" % mac
    mine = ["priority=%d,udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=%d,tp_dst=5000,actions=%s" %
            (2 + i * 60000 // int(n_flows), int(first_port) + i, actions)
            for i in range(int(n_flows))]
    mine += ["priority=1,udp,nw_dst=10.0.0.2,tp_dst=5000,actions=%s" % actions]
lines[-len(mine) - 1:] = mine
rng.shuffle(lines)
print("\n".join(lines + ["priority=0,actions=normal"]))
PY
for set in a b; do
    python3 "$XVS_TEST_DIR/rules.py" $set $n_rules $n_flows $first_port "$(dev_mac vm2)" \
        >"$XVS_TEST_DIR/$set"
    check_num "set $set: rules" "$(wc -l <"$XVS_TEST_DIR/$set")" -eq $n_rules
done

replace() { # SET: its time in ms is added to 'times'
    local start
    start=$(now_ms)
    "$XVSCTL" -q flow replace sw0 "$XVS_TEST_DIR/$1" || fail "replace by set $1"
    times+=($(($(now_ms) - start)))
}

upcalls() { cache_stat .upcalls.received; }

known_flows() { # HOOK: replaces while 200 flows run
    local i before
    replace a
    start_known_flows
    times=()
    for ((i = 0; i < n_replaces; i += 2)); do
        replace b
        sleep 0.2
        before=$(upcalls)
        replace a
        sleep 0.2
        check_num "$1: rules that the cached flows cover cost no upcall" \
            "$(upcalls)" -eq "$before"
    done
    end_traffic
    check_fate "$1" set
    check_num "$1: in the order of sending each replace is one point" \
        "$(fate changes)" -eq "$n_replaces"
    say "$1: a replace of $n_rules rules took ${times[*]} ms, of which the median is" \
        "$(median "${times[@]}"); slowest packet: $(fate slowest_us) us"
    if [ "$(median "${times[@]}")" -lt 2000 ]; then say "under 2 s: yes"; else say "under 2 s: no"; fi
    check_num "$1: no replace hangs" "$(printf '%s\n' "${times[@]}" | sort -n | tail -n 1)" \
        -lt 30000
}

# Each packet is the first of its flow, and matches exactly: what does an upcall wait
# for a replace, which has to judge ever more cached flows?
new_flows() {
    local n=10000 n_changes=0
    xvs cache set sw0 mega=off
    replace a
    start_traffic $n 3000 $n
    wait_for 20 bg_says send ready
    times=()
    while bg_alive send; do
        if ((n_changes++ % 2)); then replace a; else replace b; fi
    done
    end_traffic
    check_num "every packet was sent" "$sent" -eq $n
    check_fate "new flows" set
    check_num "new flows: no more changes than the $n_changes replaces" \
        "$(fate changes)" -le $n_changes
    check_num "new flows: replaces while they came" "$(fate changes)" -ge 1
    say "new flows: replaces took ${times[*]} ms; slowest packet: $(fate slowest_us) us"
    xvs cache set sw0 mega=on
}

# All of a file is read before anything is changed: a mistake in its last line.
refused_file() {
    local before
    replace a
    before=$("$XVSCTL" flow show sw0 | md5sum)
    cp "$XVS_TEST_DIR/b" "$XVS_TEST_DIR/bad"
    echo 'priority=1,tp_dst=80,actions=drop' >>"$XVS_TEST_DIR/bad"
    check_exit "a mistake in the last line refuses the file" 2 \
        xvs flow replace sw0 "$XVS_TEST_DIR/bad"
    check_match "it says which" "$err" "bad:$((n_rules + 1)): .*'tp_dst' needs"
    check_eq "the rules are as before" "$("$XVSCTL" flow show sw0 | md5sum)" "$before"
    check_num "all of them are shown" "$("$XVSCTL" flow show sw0 | wc -l)" -eq $n_rules
    check_eq "what is shown, replace takes" "$("$XVSCTL" flow show sw0 |
        "$XVSCTL" -j flow replace sw0 -)" '{"rules":100000}'
    check_eq "and it is the same" "$("$XVSCTL" flow show sw0 | md5sum)" "$before"
    check_eq "del takes them all" "$("$XVSCTL" -j flow del sw0)" '{"changed":100000}'
}

times=()
for hook in tc xdp; do
    fan_hook $hook
    known_flows $hook
done
new_flows
refused_file
finish
