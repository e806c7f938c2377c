#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ct_million: a million connections at a time, and what memory they take. What is checked
# is that all of them are there, that their packets go on as established ones, and that
# they fit in 512 MiB.
#
#   drv: cli ── sw0 ── srv     flow_storm sends each flow's datagram, both ways

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../netns/common/ct.bash"

n_conns=1000000 rate=${RATE:-150000}

memlock_kib() { # of all maps and programs that the daemon has
    cat /proc/"$(daemon_pid)"/fdinfo/* 2>/dev/null |
        awk '$1 == "map_id:" { map = 1 } $1 == "memlock:" { n = $2 }
            $1 == "map_id:" { sum += n } END { printf "%d\n", sum / 1024 }'
}

rss_kib() {
    awk '/^VmRSS/ { print $2 }' "/proc/$(daemon_pid)/status"
}

ct_guest cli 10.0.0.1/8
ct_guest srv 10.0.0.2/8
"$XVSD" --daemon --ct-limit 1000
xvs -q attach cli srv
small=$(memlock_kib)
xvs -q detach
"$XVSD" --daemon --ct-limit $n_conns
xvs -q attach cli srv
xvs ct set sw0 max-half-open=$((n_conns * 3))
rules_set <<'RULES'
table=0,udp,actions=ct(table=1)
table=1,udp,in_port=cli,ct_state=+new+trk,actions=ct(commit),output:srv
table=1,udp,in_port=cli,ct_state=+est+trk,actions=output:srv
table=1,udp,in_port=srv,ct_state=+est+trk,actions=output:cli
RULES
# A flow first, for what the others are cached by.
in_ns cli "$TOOLS/flow_storm" eth0 one 1000 0.1 "$(dev_mac cli)" 02:00:00:00:00:fe >/dev/null
entered() { [ "$(ct_stat .connections)" -ge $n_conns ]; }
for _ in 1 2 3; do
    ! entered || break
    in_ns cli "$TOOLS/flow_storm" eth0 each "$rate" $((n_conns / rate + 2)) "$(dev_mac cli)" \
        02:00:00:00:00:fe flows=$n_conns | quote
done
say "FIGURE connections: $(ct_stat .connections) of $n_conns;" \
    "ct-full: $(drops_of cli ct-full)"
check_num "connections that are there (the table's share of full buckets aside)" \
    "$(ct_stat .connections)" -ge $((n_conns * 999 / 1000))
large=$(memlock_kib)
say "FIGURE memory: maps $((large / 1024)) MiB, of which $(((large - small) / 1024)) MiB for" \
    "connections; the daemon's own $(($(rss_kib) / 1024)) MiB; goal <= 512 MiB"
check_num "memory of the connections (MiB)" $(((large - small) / 1024)) -le 512
check "ct show finds one of them" test "$(json_get length ct show sw0 src=10.7.0.1 proto=udp)" -ge 1
start=$(now_ms)
xvs -q ct flush sw0
say "FIGURE all of them flushed in $(($(now_ms) - start)) ms"
check_ledger cli srv
finish
