#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# rule_change_load: 100,000 cached flows under load, and rules change that concern
# half of them: to drop, removed, another one added. No packet that was sent 100 ms
# after the command's end gets the old verdict, the new one costs no packet, and
# the other half loses none all the time.
#
#                          50,000 flows to port 5000: the rules for these change
#   cl 10.0.0.1 ── sw0 ── srv 10.0.0.9
#                          50,000 flows to port 5001: theirs stay
#
#   FLOWS=N         (default 100,000)
#   LIMIT_FLOWS=N   flow limit (default just enough for them: there are no slots for
#                   a second version of half of them beside the first)
#   RATE=N          packets a second (default 30,000; half of them are those of 1,000
#                   flows, the other half keeps all from being idle)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/pressure.bash"

n_flows=${FLOWS:-100000} rate=${RATE:-30000}
fill_rate=18000 # new flows a second, below the admission of one port
margin_us=100000

guest cl 10.0.0.1/8
guest srv 10.0.0.9/8
know_each_other cl 10.0.0.1 srv 10.0.0.9
"$XVSD" --daemon --flow-limit "${LIMIT_FLOWS:-$((n_flows * 8 / 7 + 2000))}"
xvs attach cl srv
cat >"$XVS_TEST_DIR/rules" <<RULES
priority=10,udp,tp_dst=5000,actions=$(five_tuple output:srv)
priority=10,udp,tp_dst=5001,actions=$(five_tuple output:srv)
priority=5,udp,actions=$(five_tuple output:srv)
priority=0,actions=normal
RULES
xvs flow replace sw0 "$XVS_TEST_DIR/rules"

load() { # RATE SECONDS [OPTION...]
    in_ns cl "$TOOLS/flow_storm" eth0 each "$1" "$2" "$(dev_mac cl)" "$(dev_mac srv)" \
        to=10.0.0.9 from=10.128.0.0 "flows=$n_flows" "${@:3}"
}
cached() { [ "$(cache_stat .megaflows)" -ge "$n_flows" ]; }
now_us() { echo "${EPOCHREALTIME/./}"; }

# ---------------------------------------------------------------- the load

for ((i = 0; i < 3; i++)); do
    load $fill_rate $((n_flows / fill_rate + 1)) >/dev/null
    ! wait_for 1 cached || break
done
check_num "flows are cached" "$(cache_stat .megaflows)" -ge "$n_flows"
for port in 5000 5001; do
    bg recv$port in_ns srv "$TOOLS/udp_fan" recv 10.0.0.9 $port "$XVS_TEST_DIR/got$port"
    wait_for 5 bg_says recv$port ready
done
lost=$(lost_before cl)
bg load in_ns cl "$TOOLS/flow_storm" eth0 each "$rate" 60 "$(dev_mac cl)" "$(dev_mac srv)" \
    to=10.0.0.9 from=10.128.0.0 "flows=$n_flows" hot=1000
sleep 0.5

# ---------------------------------------------------------------- the changes

declare -A begun=() ended=() upcalls=() left=()
change() { # NAME XVSCTL-ARG...: notes when; then there is load for a second
    local name=$1 before
    shift
    before=$(cache_stat .upcalls.received)
    begun[$name]=$(now_us)
    check "$name: $1 $2" "$XVSCTL" -q "$@"
    ended[$name]=$(now_us)
    left[$name]=$(cache_stat .megaflows)
    sleep 1
    upcalls[$name]=$(($(cache_stat .upcalls.received) - before))
}

# Drops that look at the whole 5-tuple: one for all would take all of the cached
# flows into one, and they would have to come back one by one.
change drop flow mod sw0 "udp,tp_dst=5000,actions=$(five_tuple)"
change removed flow del sw0 'udp,tp_dst=5000'
change added flow add sw0 "priority=20,udp,tp_dst=5000,actions=$(five_tuple mod_nw_tos:32,output:srv)"
change other flow add sw0 'priority=30,tcp,actions=drop'
begun[end]=$(now_us)
bg_stop load
sent=$(bg_out load | tail -n 1)
check_ledger cl
bg_stop recv5000
bg_stop recv5001
say "$sent; $(($(lost_before cl) - lost)) lost before the switch"
for name in drop removed added other; do
    say "FIGURE $name: the command took $(((ended[$name] - begun[$name]) / 1000)) ms," \
        "${upcalls[$name]} upcalls until a second after it"
    check_num "$name: all flows are cached as before" "${left[$name]}" -ge $((n_flows * 99 / 100))
done

# ---------------------------------------------------------------- what came of it

between() { # PORT TOS FROM TO
    "$TOOLS/udp_fan" between "$(jq ".numbered[$(($1 - 5000))]" <<<"$sent")" \
        "$XVS_TEST_DIR/got$1" "$2" "$3" "$4"
}

# Behind the end of a change: how late was the last packet with the old verdict?
check_old() { # NAME TOS NEXT-CHANGE
    local all late whole
    whole=$(between 5000 "$2" "${begun[$1]}" "${begun[$3]}")
    say "FIGURE $1: the last packet with the old verdict was sent" \
        "$(jq '[.last_us, 0] | max / 1000' <<<"$whole") ms after the command began; goal <= 100 ms"
    all=$(between 5000 "$2" "${ended[$1]}" "${begun[$3]}")
    late=$(between 5000 "$2" $((ended[$1] + margin_us)) "${begun[$3]}")
    say "FIGURE $1: $(jq .got <<<"$all") packets sent after the command had the old verdict, the last one" \
        "$(jq '[.last_us, 0] | max / 1000' <<<"$all") ms later"
    check_num "$1: none of those sent 100 ms after it" "$(jq .got <<<"$late")" -eq 0
}

# Behind the end of a change, plus the margin: all of them come, with that TOS.
check_new() { # NAME TOS NEXT-CHANGE
    local late
    late=$(between 5000 "$2" $((ended[$1] + margin_us)) "${begun[$3]}")
    check_num "$1: the flows it concerns go on by the new rules" "$(jq .got <<<"$late")" -ge $((rate / 8))
    check_num "$1: and by no other" "$(jq .others <<<"$late")" -eq 0
    check_num "$1: and lose none" "$(jq .missing <<<"$late")" -eq 0
}

check_old drop 0 removed
check_new removed 0 added
check_old added 0 other
check_new added 32 other
check_new other 32 end
from_one_to_other=$(between 5000 0 $((ended[removed] + margin_us)) "${begun[end]}")
check_num "from one output to another: no packet is lost" "$(jq .missing <<<"$from_one_to_other")" -eq 0
stay=$(between 5001 0 0 9999999999999999)
say "flows that no change concerns: $stay"
check_num "flows that no change concerns: none is lost" "$(jq .missing <<<"$stay")" -eq 0
check_num "flows that no change concerns: all of them came" "$(jq .got <<<"$stay")" -eq \
    "$(jq '.numbered[1]' <<<"$sent")"
check_num "flows that no change concerns: none is doubled" "$(jq .doubled <<<"$stay")" -eq 0
finish
