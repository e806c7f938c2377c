#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# policy_change: how long a running switch takes to make a policy of 10,000 rules and
# 1,000 groups its own, and to make one rule's change felt by packets, in the middle of
# that policy. Figures; what is checked is that packets do as the rules say.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2     UDP to port 5000, allowed by rule 5,000
#
#   RULES=N GROUPS_OF=N ROUNDS=N   (default 10,000, 1,000 and 5)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../netns/common/ct.bash"

n_rules=${RULES:-10000} n_groups=${GROUPS_OF:-1000} rounds=${ROUNDS:-5}
declare -A figures=()

# Groups of ten prefixes; each rule is about two of them and a port. Nothing in them is
# what the guests have, but for the rule in the middle.
policy_text() {
    awk -v rules="$n_rules" -v groups="$n_groups" 'BEGIN {
        print "default set action=drop"
        print "section add base stateful=yes on-remove=end"
        for (g = 0; g < groups; g++) {
            line = "group add g" g " addresses="
            for (i = 0; i < 10; i++) {
                n = g * 10 + i
                line = line (i ? "," : "") 172 "." 16 + int(n / 4096) "." int(n / 16) % 256 "." n % 16 * 16 "/28"
            }
            print line
        }
        for (r = 1; r <= rules; r++)
            if (r == int(rules / 2))
                print "rule add base action=allow name=middle from=10.0.0.1 to=10.0.0.2 service=udp:5000"
            else
                print "rule add base action=allow from=g" r % groups " to=g" r * 7 % groups \
                    " service=tcp:" 1000 + r % 5000
    }'
}

ms_of() { # CMD...: sets $took
    local start=${EPOCHREALTIME/./}
    "$@"
    took=$(((${EPOCHREALTIME/./} - start) / 1000))
}

passes() {
    [ "$(in_ns vm0 "$TOOLS/udp_probe" new 10.0.0.2 5000 1 1 50 $((20000 + RANDOM)) | jq .answered)" = 1 ]
}

# The permission is taken away from a flow that runs, and given back.
change() {
    local called returned last
    bg recv in_ns vm1 "$TOOLS/udp_flow" recv 10.0.0.2 5001 100000000 500
    wait_for 5 bg_says recv ready
    xvs -q policy rule set sw0 middle service=udp:5000-5001
    bg send in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 5001 100000000 5000
    wait_for 5 flowing
    called=${EPOCHREALTIME/./}
    xvs -q policy rule set sw0 middle service=udp:5000
    returned=${EPOCHREALTIME/./}
    bg_wait recv || :
    bg_stop send
    last=$(bg_out recv | tail -n 1 | jq .last_us)
    say "the command took $(((returned - called) / 1000)) ms;" \
        "the last packet passed $(((last - called) / 1000)) ms after its start"
    figures[change]+=" $(((last - called) / 1000))"
    figures[command]+=" $(((returned - called) / 1000))"
}

flowing() {
    local n
    n=$(port_stat vm1 tx_packets)
    sleep 0.1
    [ "$(port_stat vm1 tx_packets)" -gt $((n + 100)) ]
}

ct_guest vm0 10.0.0.1/24
ct_guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
xvs -q attach vm0 vm1
bg echo in_ns vm1 "$TOOLS/udp_probe" serve 10.0.0.2 5000
wait_for 5 bg_says echo ready
policy_text >"$XVS_TEST_DIR/policy"
for ((round = 0; round < rounds; round++)); do
    ms_of xvs -q policy replace sw0 "$XVS_TEST_DIR/policy"
    figures[replace]+=" $took"
done
check "what rule $((n_rules / 2)) allows passes" wait_for 5 passes
check_not "what none allows does not" ping_quick vm0 10.0.0.2
for ((round = 0; round < rounds; round++)); do
    change
done
check_not "the last change is in force: port 5001 is closed" udp_is_refused vm0 10.0.0.2 5001
say "FIGURE policy of $n_rules rules, $n_groups groups, read, compiled, in force:" \
    "$(mid "${figures[replace]}") ms; goal <= 1000 for compiling"
say "FIGURE one rule changed: $(mid "${figures[change]}") ms until the last packet," \
    "$(mid "${figures[command]}") ms until the command returned; goal <= 50"
check_ledger vm0 vm1
finish
