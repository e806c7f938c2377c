#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# zipf_cache: how many subtables the datapath probes for a megaflow hit (G4),
# with rule sets like those of ClassBench and Zipf 0.99 over 10,000 flows,
# through the real switch. A figure, not a test: what is checked is that the
# packets went where the figure says they did.
#
#   vm0 ── sw0 ── vm1      frames of all addresses, from vm0 to vm1 by rules
#
#   KINDS='acl fw ipc' SIZES='1000 10000'   the rule sets
#   FLOWS=N PACKETS=N RATE=N                traffic (default 10000, 300000, 60000/s)
#   RULES_SEED=N                            of the rule sets (default 1)

. "$(dirname "$0")/../lib.sh"

kinds=${KINDS:-acl fw ipc} sizes=${SIZES:-1000 10000}
flows=${FLOWS:-10000} packets=${PACKETS:-300000} rate=${RATE:-60000}
first_rate=8000 # new flows a second, below the admission of one port

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
xvs -q attach vm0 vm1
xvs -q cache set sw0 limit=65536
macs="$(dev_mac vm0) $(dev_mac vm1)"
say "limits: $(xvs_json cache stats sw0 | jq -c '{megaflow_limit, subtable_limit}')"

counters() {
    xvs_json cache stats sw0 | jq -c '{megaflows, subtables, micro: .microflow.hits,
        hits: .megaflow.hits, misses: .megaflow.misses, probed: .megaflow.subtables_probed,
        received: .upcalls.received, handled: .upcalls.handled, refused: .upcalls.refused}'
}

lookups() {
    counters | jq '.micro + .hits + .misses'
}

at_rest() { # nothing on its way through the ring, and counters stand still
    local before
    before=$(counters)
    [ "$(jq '.received == .handled' <<<"$before")" = true ] || return 1
    sleep 0.1
    [ "$(counters)" = "$before" ]
}

send() { # ORDER RATE
    # shellcheck disable=SC2086 # two words
    in_ns vm0 "$B/selftests/zipf_send" eth0 "$set_file" "$1" "$2" $macs
}

# Once around with all flows, then until the order of probes follows the hits.
warm() {
    send each $first_rate >/dev/null
    send each $first_rate >/dev/null
    wait_for 10 at_rest || :
    send zipf "$rate" >/dev/null
    wait_for 10 at_rest || :
}

measure() { # LABEL
    local a b
    a=$(counters)
    send zipf "$rate" >"$XVS_TEST_DIR/sent"
    wait_for 10 at_rest || :
    b=$(counters)
    jq -rn --argjson a "$a" --argjson b "$b" --arg what "$1" '
        def d(f): ($b | f) - ($a | f);
        def r: . * 1000 | round / 1000;
        d(.micro) as $micro | d(.hits) as $hits | d(.misses) as $misses | d(.probed) as $probed |
        "FIGURE \($what): \($b.megaflows) megaflows, \($b.subtables) subtables; " +
        "\($micro) microflow hits, \($hits) megaflow hits, \($misses) misses; " +
        "probed \(if $hits > 0 then $probed / $hits | r else "no" end) a megaflow hit, " +
        "\(($micro + $probed) / ($micro + $hits + $misses) | r) a packet; goal <= 1.3"'
    seen=$(jq -n --argjson a "$a" --argjson b "$b" \
        '($b.micro + $b.hits + $b.misses) - ($a.micro + $a.hits + $a.misses)')
    missed=$(jq -n --argjson a "$a" --argjson b "$b" '$b.misses - $a.misses')
}

one_set() { # KIND RULES
    local name="$1, $2 rules" mode
    set_file=$XVS_TEST_DIR/$1.$2
    "$B/selftests/rulegen" -s "${RULES_SEED:-1}" -f "$flows" -p "$packets" -a output:vm1 -t \
        -o "$set_file" "$1" "$2" >"$XVS_TEST_DIR/rules"
    check "$name: loaded" "$XVSCTL" -q -t 60 flow replace sw0 "$XVS_TEST_DIR/rules"
    check_num "$name: all of them" "$(json_get length flow show sw0)" -eq "$2"
    for mode in off on; do
        xvs -q cache set sw0 micro=$mode
        warm
        measure "$name, microflow cache $mode"
        check_num "$name: every frame was looked up" "$seen" -eq \
            "$(jq .sent "$XVS_TEST_DIR/sent")"
        check_num "$name: nearly all of them were cached" "$missed" -le $((packets / 50))
    done
}

for size in $sizes; do
    for kind in $kinds; do
        one_set "$kind" "$size"
    done
done
check_ledger vm0
finish
