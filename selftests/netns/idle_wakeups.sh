#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# idle_wakeups: a switch without traffic leaves the CPU alone: the daemon is woken no
# more than twice a second, with or without rules that have a timeout.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

watched_s=5

# How often its threads went to sleep: not, how often others took the CPU from them.
sleeps() {
    cat /proc/"$(daemon_pid)"/task/*/status |
        awk '/^voluntary_ctxt_switches/ { n += $2 } END { print n }'
}

watch_it() { # sets $times
    local before
    before=$(sleeps)
    sleep $watched_s
    times=$(($(sleeps) - before))
}

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
xvs attach vm0 vm1
# What the devices' coming up has started ends.
sleep 1
watch_it
check_num "woken in $watched_s s, just attached" "$times" -le $((2 * watched_s))

check "a rule that times out" xvs flow add sw0 'priority=3,udp,idle_timeout=600,actions=normal'
check "traffic" ping_ok vm0 10.0.0.2
none_cached() { [ "$(cache_stat .megaflows)" = 0 ]; }
check "the cached flows go" wait_for 15 none_cached
sleep 1
watch_it
check_num "woken in $watched_s s, after traffic" "$times" -le $((2 * watched_s))
check "a rule for a second, while the daemon sleeps" \
    xvs flow add sw0 'priority=4,udp,hard_timeout=1,actions=drop'
gone() { [ "$(json_get '[.[] | select(.priority == 4)] | length' flow show sw0)" = 0 ]; }
check "is gone in time" wait_for 3 gone
check "and the guests still reach each other" ping_ok vm0 10.0.0.2
finish
