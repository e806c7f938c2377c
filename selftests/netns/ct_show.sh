#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ct_show: `ct show` tells of real connections what they are; conditions choose;
# what is flushed is new or, where nothing is picked up, invalid.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2      ip: ct(zone 5), new ones with mark 7

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
xvs attach vm0 vm1
cat >"$XVS_TEST_DIR/rules" <<'RULES'
table=0,priority=0,actions=normal
table=0,priority=10,ip,actions=ct(table=1,zone=5)
table=1,priority=20,ct_state=+inv,actions=drop
table=1,priority=10,ct_state=+new,ip,actions=ct(commit,zone=5,exec(set_field:0x7->ct_mark)),normal
table=1,priority=10,ct_state=+est,ip,actions=normal
RULES
xvs flow replace sw0 "$XVS_TEST_DIR/rules"
bg server in_ns vm1 "$LIB_DIR/tools/tcp_hold.py" serve 10.0.0.2 5000
wait_for 5 bg_says server ready
bg client in_ns vm0 "$LIB_DIR/tools/tcp_hold.py" hold 10.0.0.2 5000
check "a connection through ct() works" wait_for 10 bg_says client '^3$'
sport=$(bg_out client | sed -n 's/connected //p')

conns() { # CONDITION...: how many
    json_get length ct show sw0 "$@"
}
conn() { # JQ-EXPRESSION CONDITION...: of the one
    json_get ".[0] | $1" ct show sw0 "${@:2}"
}
check_eq "one connection is established" "$(conns proto=tcp state=established)" 1
check_eq "its first direction" "$(conn '.orig | "\(.src) \(.sport) \(.dst) \(.dport)"' proto=tcp)" \
    "10.0.0.1 $sport 10.0.0.2 5000"
check_eq "its answers" "$(conn '.reply | "\(.src) \(.sport) \(.dst) \(.dport)"' proto=tcp)" \
    "10.0.0.2 5000 10.0.0.1 $sport"
check_eq "zone, mark, no translation, assured" \
    "$(conn '"\(.zone) \(.mark) \(.nat) \(.assured)"' proto=tcp)" "5 7 null true"
check_num "five days until it expires: at most" "$(conn .timeout_s proto=tcp)" -le 432000
check_num "... and nearly" "$(conn .timeout_s proto=tcp)" -ge 431900
check_num "it has begun in this test" "$(conn .age_s proto=tcp)" -le 60
check_match "the table for people" "$(xvs ct show sw0 proto=tcp)" \
    "tcp +established +5 +10.0.0.1:$sport +10.0.0.2:5000 +7 +43[0-9]+"

check "ping" ping_ok vm0 10.0.0.2
g vm0 "$TOOLS/udp_flow" send 10.0.0.2 9 3 100 >/dev/null
check_eq "an echo that was answered" "$(conn '"\(.state) \(.orig | has("id"))"' proto=icmp)" "replied true"
check_eq "UDP of one side" "$(conn '"\(.state) \(.orig.dport)"' proto=udp)" "unreplied 9"
check_num "... which expires soon" "$(conn .timeout_s proto=udp)" -le 30
check_eq "by source" "$(conns src=10.0.0.1)" 3
check_eq "by prefix, none" "$(conns src=10.0.1.0/24)" 0
check_eq "by port" "$(conns dport=5000 sport="$sport")" 1
check_eq "by zone, none" "$(conns zone=6)" 0
check_eq "by mark and mask" "$(conns mark=0x3/0x3)" 3
check_eq "not more than asked for" "$(conns count=2)" 2
check_match "... which is said" "$(xvs ct show sw0 count=2)" "2 of 3 shown"
check_eq "ct stats: connections" "$(json_get '"\(.connections) \(.states.established) \(.protocols.tcp)"' \
    ct stats sw0)" "3 1 1"
check_eq "... and the zone's" "$(json_get '.zones[] | select(.zone == 5) | .connections' ct stats sw0)" 3
check_eq "status has them" "$(json_get .connections status)" 3

say "a packet of the connection, and one of none, traced: nothing changes"
traced() { # FLOW...
    xvs trace sw0 "in_port=vm0,dl_src=$(dev_mac vm0),dl_dst=$(dev_mac vm1),nw_src=10.0.0.1,nw_dst=10.0.0.2,$1"
}
text=$(traced "tcp,tp_src=$sport,tp_dst=5000,tcp_flags=ack")
check_match "of the connection: est, with its mark" "$text" "pass 2.*ct_state=\+est\+trk"
check_match "... as the programs have it" "$text" "Fast path: tc:.*output:vm1: agrees"
text=$(traced "tcp,tp_src=1,tp_dst=5000")
check_match "of none: new" "$text" "pass 2.*ct_state=\+new\+trk"
check_match "... as the programs have it" "$text" "Fast path: tc:.*output:vm1: agrees"
check_eq "nothing was entered" "$(conns)" 3

say "what is flushed is picked up in the middle ..."
check_match "flush" "$(xvs ct flush sw0 proto=tcp)" "1 ended"
more() { # than N bytes have come back
    [ "$(bg_out client | grep -cE '^[0-9]+$')" -gt "$1" ]
}
n=$(bg_out client | grep -cE '^[0-9]+$')
check "the connection goes on" wait_for 5 more $((n + 2))
tracked() { [ "$(conns proto=tcp state=established)" = 1 ]; }
check "... and is tracked again" wait_for 5 tracked
say "... unless the zone does not allow that"
xvs ct set sw0 zone=5 pick-up=off
invalid() { json_get '[.[] | select(.match | test("inv")) | .packets] | add' -s flow show sw0; }
before=$(invalid)
check_match "flush" "$(xvs ct flush sw0 proto=tcp)" "1 ended"
check "the connection is lost" wait_for 10 bg_says client lost
check_num "its packets were invalid" "$(invalid)" -gt "$before"
check_eq "and nothing tracks it" "$(conns proto=tcp)" 0
bg_wait client || :
xvs ct set sw0 zone=5 pick-up=on

bg client in_ns vm0 "$LIB_DIR/tools/tcp_hold.py" hold 10.0.0.2 5000
check "another connection" wait_for 10 bg_says client '^3$'
bg_stop client
waits() { [ "$(conns proto=tcp state=time_wait)" = 1 ]; }
check "one that was closed waits" wait_for 5 waits
check_num "... two minutes at most" "$(conn .timeout_s state=time_wait)" -le 120
xvs ct-timeouts add short udp=2
xvs ct set sw0 zone=5 timeouts=short
xvs ct flush sw0 proto=udp
g vm0 "$TOOLS/udp_flow" send 10.0.0.2 9 3 100 >/dev/null
check_num "a policy's timeout holds from the next packet on" "$(conn .timeout_s proto=udp)" -le 2
no_udp() { [ "$(conns proto=udp)" = 0 ]; }
check "it expires" wait_for 5 no_udp
zone_conns() { json_get '.zones[] | select(.zone == 5) | .connections' ct stats sw0; }
check_match "flush all" "$(xvs ct flush sw0)" "[1-9] ended"
check_eq "none is left" "$(conns)" 0
all_swept() { [ "$(zone_conns)" = "" ] || [ "$(zone_conns)" = 0 ]; }
check "the sweep takes them off the zone's count" wait_for 25 all_swept
check_ledger vm0 vm1
finish
