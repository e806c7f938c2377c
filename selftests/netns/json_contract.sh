#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# json_contract: the fields, types and words that scripts rely on, of every
# command that prints JSON.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
xvs attach vm0 vm1
xvs flow add sw0 'priority=7,udp,tp_dst=9,actions=drop'
check "some traffic" ping_ok vm0 10.0.0.2
in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 9 20 1000 >/dev/null

holds() { # JQ-CONDITION XVSCTL-ARG...: of the one document that the command prints
    xvs_json "${@:2}" >"$XVS_TEST_DIR/doc"
    jq -s -e "length == 1 and (.[0] | $1)" "$XVS_TEST_DIR/doc" && return
    cat "$XVS_TEST_DIR/doc"
    return 1
}
shape() { # DESCRIPTION JQ-CONDITION XVSCTL-ARG...
    check "$1" holds "${@:2}"
}
typed() { # TYPE FIELD...: a condition
    local f all=true
    for f in "${@:2}"; do
        all+=" and (.$f | type == \"$1\")"
    done
    echo "($all)"
}
num() { typed number "$@"; }
str() { typed string "$@"; }

shape "cache stats" "$(str switch mask_level) and $(num megaflows megaflow_limit megaflow_limit_in_force sweep_us subtables subtable_limit \
    microflow.hits microflow.misses megaflow.hits megaflow.misses megaflow.subtables_probed \
    upcalls.received upcalls.handled upcalls.refused installed_total removed_total)" \
    cache stats sw0
shape "cache stats: few masks" '.mask_level == "1 bit"' cache stats sw0
shape "cache show" "length > 0 and all(.[]; $(num id packets bytes) and $(str match actions) and
    (.used_ms | type == \"number\" or type == \"null\") and (.offloaded | type == \"boolean\"))" \
    cache show sw0
shape "cache show: a match says nothing of wildcarded fields" \
    'all(.[]; .match | test("/0($|,)|0\\.0\\.0\\.0/0|::/0") | not)' cache show sw0
shape "classifier show" "$(str switch) and $(num rules nodes subtables buckets bytes) and
    all(.priority_sort, .staged, .prefix; type == \"boolean\") and .rules == 2" classifier show sw0
shape "admission show" "$(num pkts_per_s burst_pkts kbytes_per_s burst_kbytes allowance queue \
    waiting.packets waiting.bytes waiting.bytes_limit waiting.refused) and .ports == []" \
    admission show
shape "port show: its upcalls and their limits" "all(.[]; $(num upcalls upcalls_done upcall_rate \
    upcall_burst) and (.upcall_limits_own | type == \"boolean\"))" port show sw0
shape "port show" "length == 2 and all(.[]; $(str name type hook state reason) and
    $(num port_no rx_packets tx_packets rx_bytes tx_bytes drops) and has(\"mode\") and
    has(\"copy\") and (.hook | IN(\"xdp\", \"tc\", \"user\", \"none\")) and
    (.state | IN(\"up\", \"down\", \"no-carrier\", \"missing\", \"blocked\")))" port show sw0
shape "port show: its addresses" 'all(.[]; .addresses == null and .spoof_guard == false)' \
    port show sw0
shape "port show of one port" 'length == 1 and .[0].name == "vm1"' port show sw0 vm1
shape "flow show" "length == 2 and all(.[]; $(num table priority packets bytes age_s idle_s) and
    $(str match actions) and has(\"cookie\"))" flow show sw0
shape "flow show -s" 'any(.[]; .priority == 7 and .packets == 20)' -s flow show sw0
shape "drops show" "any(.[]; .port == \"vm0\" and .reason == \"action-drop\" and .packets == 20)" \
    drops show sw0
shape "fdb show" "length == 2 and all(.[]; $(str mac port) and $(num vlan age_s) and
    (.static | type == \"boolean\"))" fdb show sw0
shape "ct show of no connections" '. == []' ct show sw0
shape "ct stats" "$(str switch) and $(num connections limit half_open expectations slots slots_used) and
    (.states | type == \"object\") and (.protocols | type == \"object\") and .zones == []" ct stats sw0
xvs ct-timeouts add short udp=3 tcp-established=60
xvs ct set sw0 zone=7 max=100 max-half-open=50 timeouts=short window-check=off
shape "ct stats: a zone with settings" '.zones == [{"zone": 7, "connections": 0, "half_open": 0,
    "expectations": 0, "max": 100, "max_half_open": 50, "timeouts": "short", "window_check": false,
    "pick_up": true}]' ct stats sw0
shape "ct-timeouts show" 'length == 2 and .[0].name == "default" and .[0].udp == 30 and
    .[1].name == "short" and .[1].udp == 3 and .[1]["tcp-syn-sent"] == 120' ct-timeouts show
check_exit "a policy that a zone has stays" 1 xvs ct-timeouts del short
check_match "... which is said" "$err" "zone 7 has it"
check_exit "an unknown state: exit 2" 2 xvs ct show sw0 state=bogus
check_match "... with those that there are" "$err" "syn_sent, .*established"
xvs ct set sw0 zone=7 timeouts=default
xvs ct-timeouts del short
shape "ct flush" '. == {"flushed": 0}' ct flush sw0 proto=tcp
shape "trace" "(.steps | type == \"array\" and length > 1) and $(str megaflow actions)" \
    trace sw0 'in_port=vm0,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_dst=22'
shape "trace tells the drop" '.actions == "drop"' trace sw0 'in_port=vm0,udp,tp_dst=9'
shape "status" ".daemon.pid > 0 and (.limits | type == \"object\") and
    $(num memory.fixed_bytes memory.per_cpu_bytes admission.pkts_per_s admission.burst_pkts \
    admission.kbytes_per_s admission.burst_kbytes admission.allowance admission.queue)" status
shape "memory for 65,536 flows is at most 48 MiB on 2 CPUs" \
    '.memory | .fixed_bytes - .ct_bytes + 2 * .per_cpu_bytes <= 48 * 1048576' status
shape "memory for 131,072 connections is at most 64 MiB" \
    '.limits.connections == 131072 and .memory.ct_bytes <= 64 * 1048576' status
shape "switch show" 'length == 1 and .[0].name == "sw0"' switch show
shape "commands that print nothing print a document" true port set sw0 vm0 hook=auto
for command in "port show sw9" "flow add sw0 ipp,actions=drop" "bogus show" "port add sw0 eth9"; do
    # shellcheck disable=SC2086
    out=$("$XVSCTL" -j $command 2>/dev/null) || :
    check "an error is a document: $command" jq -e \
        '.error | (.code | type == "string") and (.message | type == "string")' <<<"$out"
done

say "options anywhere, and what they do"
check_eq "-j behind" "$("$XVSCTL" switch show -j | jq -r '.[0].name')" sw0
check_num "-p: more than one line" "$("$XVSCTL" -p -j switch show | wc -l)" -gt 3
check_num "without: one" "$("$XVSCTL" -j switch show | wc -l)" -le 1
check_eq "-q: nothing" "$("$XVSCTL" -q port set sw0 vm0 hook=auto 2>&1)" ""
check_exit "-S of a socket that is not there: exit 4" 4 xvs -S /nowhere/xvsd.sock port show sw0
check_eq "a table for people has a header and a line a port" \
    "$("$XVSCTL" port show sw0 | wc -l)" 3
check_match "flow show is in the syntax of rules" "$("$XVSCTL" flow show sw0)" \
    'priority=7.*udp.*tp_dst=9.*actions=drop'
say "a daemon that does not answer: exit 5"
pid=$(daemon_pid)
kill -STOP "$pid"
check_exit "timeout" 5 xvs -t 1 port show sw0
kill -CONT "$pid"
check "it goes on" xvs port show sw0
finish
