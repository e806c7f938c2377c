#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# flow_table_full: a switch takes 1,000,000 rules in 1 GiB and refuses one more,
# alone or in a file, with an error that says so; its rules are as before.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

max_rules=1000000 # XVS_MAX_RULES

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
xvs attach vm0 vm1

rss_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$(daemon_pid)/status"; }
n_rules() { json_get .rules classifier show sw0; }

# Access list entries of 2,000 networks and 500 services; the last lets pings pass.
awk -v n=$((max_rules - 1)) 'BEGIN {
    for (i = 0; i < n; i++) {
        printf "priority=%d,tcp,nw_src=10.%d.%d.0/24,tp_dst=%d,actions=drop\n",
            10 + i % 60000, 1 + i / 500 / 256, i / 500 % 256, 1 + i % 500
    }
    print "priority=1,icmp,actions=normal"
}' >"$XVS_TEST_DIR/rules"
before=$(rss_kib)
start=$(now_ms)
check_eq "1,000,000 rules are taken" "$("$XVSCTL" -j flow replace sw0 "$XVS_TEST_DIR/rules")" \
    "{\"rules\":$max_rules}"
say "in $(($(now_ms) - start)) ms, with $((($(rss_kib) - before) / 1024)) MiB"
if ! grep -q __asan_init "$XVSD"; then
    check_num "they take 1 GiB at most (KiB)" $(($(rss_kib) - before)) -le 1048576
fi
check "and are in force" ping_ok vm0 10.0.0.2

check_exit "one more is refused" 1 "$XVSCTL" -j flow add sw0 priority=9,arp,actions=drop
check_eq "as full" "$(jq -r .error.code <<<"$out")" full
check_match "says how many there may be" "$(jq -r .error.message <<<"$out")" \
    "sw0: its tables are full: they have $max_rules rules"
check_exit "a rule in the place of another is taken" 0 \
    xvs flow add sw0 priority=1,icmp,actions=drop
check_not "and is in force" ping_quick vm0 10.0.0.2
check_exit "so is the old one again" 0 xvs flow add sw0 priority=1,icmp,actions=normal

sed 's/drop/normal/' "$XVS_TEST_DIR/rules" >"$XVS_TEST_DIR/more"
echo priority=9,arp,actions=drop >>"$XVS_TEST_DIR/more"
check_exit "a file with one more is refused" 1 "$XVSCTL" -j flow replace sw0 "$XVS_TEST_DIR/more"
check_eq "as full" "$(jq -r .error.code <<<"$out")" full
check_match "says how many there may be" "$(jq -r .error.message <<<"$out")" "$max_rules at most"
check_num "as many rules as before" "$(n_rules)" -eq $max_rules
check_eq "none of the others" "$(json_get length flow show sw0 arp)" 0
check_eq "the same rules" "$(json_get 'map(.actions) | unique | join(" ")' \
    flow show sw0 tcp,nw_src=10.3.77.0/24)" drop
check "they are in force" ping_ok vm0 10.0.0.2

start=$(now_ms)
check_eq "all are deleted" "$("$XVSCTL" -j flow del sw0 tcp)" '{"changed":999999}'
say "in $(($(now_ms) - start)) ms"
check_exit "then there is room" 0 xvs flow add sw0 priority=9,arp,actions=drop
check_num "for it" "$(n_rules)" -eq 2
check_ledger vm0 vm1
finish
