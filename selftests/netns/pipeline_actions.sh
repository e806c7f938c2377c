#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# pipeline_actions: each action of a rule as guests see it, byte for byte, by both
# hooks; nobody gets what is not his. Headers are pipeline_headers.sh's.
#
#   vm0 02:..:01 ──┐        ┌── host (sw0, the internal port)
#   vm1 02:..:02 ──┤  sw0 ──┤
#   vm2 02:..:03 ──┘        └── vm3 02:..:04

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/guests.bash"

# As the guests, so that the tool goes there.
touch /run/netns/host
mount --bind "/proc/$$/ns/net" /run/netns/host
for i in 0 1 2 3; do
    guest vm$i
done
xvs attach vm0 vm1 vm2 vm3
xvs port add sw0 sw0 type=internal
h ip link set sw0 up
local_is_up() { [ "$(port_stat sw0 state)" = up ]; }
check "the internal port is up" wait_for 5 local_is_up
guests_start vm0 vm1 vm2 vm3 sw0=host:sw0

gw=02:fe:12:34:56:78
back='eth:dst=02:00:00:00:00:01,src=02:00:00:00:00:02'

outputs() {
    rules 'udp,actions=output:vm1'
    see "output: a port" vm0 'ip udp data:30' 'vm1 ='
    see "and nothing for what does not match" vm0 'ip tcp data:30'
    rules 'udp,actions=vm1,output:vm2,4'
    see "output: several, by name and number" vm0 'ip udp' 'vm1 =' 'vm2 =' 'vm3 ='
    rules 'udp,actions=output:vm0,output:vm1'
    see "output: not to the input port" vm0 'ip udp' 'vm1 ='
    rules 'udp,actions=in_port'
    see "in_port" vm0 'ip udp' 'vm0 ='
    rules 'udp,actions=load:0->NXM_OF_IN_PORT[],output:vm0'
    see "output: to the input port that in_port no longer is" vm0 'ip udp' 'vm0 ='
    rules 'udp,actions=all'
    see "all" vm0 'ip udp' 'vm1 =' 'vm2 =' 'vm3 =' 'sw0 ='
    rules 'udp,actions=flood'
    xvs port set sw0 vm2 flood=off
    see "flood: not to ports without it" vm0 'ip udp' 'vm1 =' 'vm3 =' 'sw0 ='
    xvs port set sw0 vm2 flood=on
    see "flood" vm0 'ip udp' 'vm1 =' 'vm2 =' 'vm3 =' 'sw0 ='
    rules 'udp,actions=local'
    see "local: the host" vm0 'ip udp' 'sw0 ='
    see "from the host" sw0 'ip udp'
    rules 'in_port=LOCAL,actions=output:vm1'
    see "in_port=LOCAL" sw0 'ip udp' 'vm1 ='
    rules 'udp,actions=drop' 'priority=1,actions=output:vm1'
    see "drop" vm0 'ip udp'
    see "of what matches" vm0 'ip tcp' 'vm1 ='
    rules 'udp,actions=load:2->NXM_NX_REG0[],output:NXM_NX_REG0[]'
    see "output:reg" vm0 'ip udp' 'vm1 ='
    rules 'udp,actions=move:udp_dst[0..7]->reg3[8..15],output:reg3[8..15]'
    see "output:reg, from the packet: 3" vm0 'ip udp:dst=3' 'vm2 ='
    see "4" vm0 'ip udp:dst=4' 'vm3 ='
    see "the input port" vm0 'ip udp:dst=1'
    see "no port" vm0 'ip udp:dst=200'
    xvs fdb flush sw0
    rules 'actions=normal'
    see "normal: floods" vm0 'ip udp' 'vm1 =' 'vm2 =' 'vm3 =' 'sw0 ='
    see_soon "learns" vm1 "$back ip udp" 'vm0 ='
    see_soon "and knows" vm0 'ip udp' 'vm1 ='
}

monitor_sees() { # FRAME: sent until the monitor has shown one
    local deadline=$(($(now_ms) + 10000))
    bg mon "$XVSCTL" -j monitor sw0 count=1
    while bg_alive mon; do
        guests_ask "send vm0 $1" >/dev/null
        [ "$(now_ms)" -lt $deadline ] || return 1
    done
    bg_wait mon
}

controllers() {
    rules "cookie=0x77,udp,actions=mod_dl_src:$gw,controller,mod_dl_src:02:00:00:00:00:07,output:vm1"
    check "controller: a monitor sees a packet" monitor_sees 'ip udp data:30'
    check_eq "who sent it, by which rule" "$(bg_out mon |
        jq -rc '[.in_port, .table, .cookie, .length]')" '["vm0",0,"0x77",72]'
    check_match "as it was then" "$(bg_out mon | jq -r .packet)" '^02000000000202fe12345678'
    guests_ask "burst 1 vm1 type:0x88b5 data:46" >/dev/null
    see "and it goes on" vm0 'ip udp data:30' "vm1 eth:src=02:00:00:00:00:07 ip udp data:30"
    rules 'table=0,udp,actions=goto_table:9' 'table=9,priority=0,actions=controller(max_len=20)'
    check "controller: of a table miss" monitor_sees 'ip udp data:30'
    check_eq "cut" "$(bg_out mon | jq -rc '[.table, .length, (.packet | length)]')" '[9,72,40]'
}

port_of_vm1() {
    json_get '.[] | select(.mac == "02:00:00:00:00:02") | .port' fdb show sw0
}

fields() {
    rules 'udp,actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],output:vm1'
    see "move: a field" vm0 'ip udp' 'vm1 eth:dst=02:00:00:00:00:01 ip udp'
    rules 'udp,actions=move:NXM_OF_IP_SRC[0..7]->NXM_OF_IP_DST[8..15],output:vm1'
    see "move: bits" vm0 'ip:src=10.0.0.9 udp' 'vm1 ip:src=10.0.0.9,dst=10.0.9.2 udp'
    rules 'udp,actions=load:0x1fe->NXM_OF_IP_DST[0..15],output:vm1'
    see "load" vm0 'ip udp data:5' 'vm1 ip:dst=10.0.1.254 udp data:5'
    rules 'udp,actions=push:NXM_OF_ETH_SRC[],push:NXM_OF_ETH_DST[],pop:NXM_OF_ETH_SRC[],pop:NXM_OF_ETH_DST[],output:vm1'
    see "push and pop" vm0 'ip udp' "vm1 $back ip udp"
    rules "udp,actions=clone(mod_dl_src:$gw,mod_nw_dst:10.0.0.9,output:vm1),output:vm2"
    see "clone" vm0 'ip udp' "vm1 eth:src=$gw ip:dst=10.0.0.9 udp" 'vm2 ='
    rules 'udp,actions=write_metadata:0x30/0xff,output:metadata[4..7]'
    see "write_metadata" vm0 'ip udp' 'vm2 ='
    rules 'ip,actions=dec_ttl,output:vm1'
    see "dec_ttl" vm0 'ip:ttl=9 udp' 'vm1 ip:ttl=8 udp'
    see "at the last hop" vm0 'ip:ttl=1 udp'
    rules 'ipv6,actions=dec_ttl,output:vm1'
    see "dec_ttl of IPv6" vm0 'ip6 udp' 'vm1 ip6:hlim=63 udp'
    see "at the last hop" vm0 'ip6:hlim=1 udp'
    rules 'ip,actions=dec_ttl,normal'
    xvs fdb flush sw0
    see "dec_ttl, normal: at the last hop" vm1 "$back ip:ttl=1 udp"
    check_eq "which teaches nothing" "$(port_of_vm1)" ""
    see "the flow's next packet" vm1 "$back ip:ttl=9 udp" "vm0 $back ip:ttl=8 udp" \
        "vm2 $back ip:ttl=8 udp" "vm3 $back ip:ttl=8 udp" "sw0 $back ip:ttl=8 udp"
    check_eq "which does" "$(port_of_vm1)" vm1
}

tables() {
    rules "table=0,udp,actions=mod_dl_src:$gw,resubmit(,5),output:vm3" \
        'table=5,udp,tp_dst=80,actions=output:vm1' 'table=5,priority=1,actions=output:vm2'
    see "resubmit: comes back" vm0 'ip udp' "vm1 eth:src=$gw ip udp" "vm3 eth:src=$gw ip udp"
    see "another rule" vm0 'ip udp:dst=9' "vm2 eth:src=$gw ip udp:dst=9" \
        "vm3 eth:src=$gw ip udp:dst=9"
    rules 'table=0,udp,actions=resubmit(3,1)' 'table=1,in_port=3,actions=in_port,output:vm2'
    see "resubmit: another port in the lookup alone" vm0 'ip udp' 'vm0 =' 'vm2 ='
    rules 'table=0,actions=load:7->reg0,goto_table:200' 'table=200,reg0=7,actions=goto_table:254' \
        'table=254,udp,actions=output:vm1'
    see "goto_table, a register on the way" vm0 'ip udp' 'vm1 ='
    see "a miss there" vm0 'ip tcp'
    rules 'table=0,actions=resubmit(,1),output:vm2' 'table=1,udp,actions=output:vm1,exit' \
        'table=1,priority=1,actions=output:vm1'
    see "exit: ends the caller" vm0 'ip udp' 'vm1 ='
    see "without it" vm0 'ip tcp' 'vm1 =' 'vm2 ='
    local before
    before=$(drops_of vm0 resubmit-limit)
    rules 'table=0,actions=output:vm1,resubmit(,0)'
    see "a loop: no copy gets out" vm0 'ip udp'
    check_num "two drops with their reason" $(($(drops_of vm0 resubmit-limit) - before)) -eq 2
    before=$(drops_of vm0 no-match)
    rules 'table=0,tcp,actions=output:vm1'
    see "no rule" vm0 'ip udp'
    check_num "two drops with their reason" $(($(drops_of vm0 no-match) - before)) -eq 2
    rules 'priority=10,ip,nw_src=10.0.0.1,actions=conjunction(7,1/2)' \
        'priority=10,ip,nw_src=10.0.0.3,actions=conjunction(7,1/2)' \
        'priority=10,tcp,tcp_dst=80,actions=conjunction(7,2/2)' \
        'priority=10,tcp,tcp_dst=443,actions=conjunction(7,2/2)' \
        'priority=10,conj_id=7,ip,actions=output:vm1' 'priority=1,actions=output:vm2'
    see "conjunction: both clauses" vm0 'ip tcp' 'vm1 ='
    see "by other rules of them" vm0 'ip:src=10.0.0.3 tcp:dst=443' 'vm1 ='
    see "one clause" vm0 'ip tcp:dst=81' 'vm2 ='
    see "the other" vm0 'ip:src=10.0.0.4 tcp:dst=80' 'vm2 ='
    rules 'table=0,priority=9,in_port=vm0,udp,actions=learn(table=1,priority=5,idle_timeout=60,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[]),output:vm1' \
        'table=0,priority=1,actions=resubmit(,1)' 'table=1,priority=0,actions=drop'
    see "learn: no reply before a request" vm1 "$back ip udp"
    see "the request" vm0 'ip udp' 'vm1 ='
    see_soon "the reply" vm1 "$back ip udp" 'vm0 ='
    see "nobody else's" vm1 "eth:dst=02:00:00:00:00:09 ip udp"
    check_match "the learned rule is shown" \
        "$("$XVSCTL" flow show sw0 table=1,dl_dst=02:00:00:00:00:01)" 'priority=5,.*output:vm0$'
}

groups() {
    rules 'priority=1,actions=drop'
    xvs group add sw0 "group_id=1,type=all,bucket=actions=mod_dl_src:$gw,output:vm1,bucket=actions=output:vm2"
    xvs group add sw0 'group_id=2,type=indirect,bucket=actions=mod_nw_dst:10.0.0.9,output:vm1'
    xvs group add sw0 'group_id=3,type=ff,bucket=watch_port:vm1,actions=output:vm1,bucket=watch_port:vm2,actions=output:vm2'
    xvs group add sw0 'group_id=4,type=select,bucket=weight:1,actions=output:vm1,bucket=weight:1,actions=output:vm2'
    rules 'udp,actions=group:1,output:vm3'
    see "group all" vm0 'ip udp' "vm1 eth:src=$gw ip udp" 'vm2 =' 'vm3 ='
    rules 'udp,actions=group:2'
    see "group indirect" vm0 'ip udp' 'vm1 ip:dst=10.0.0.9 udp'
    rules 'udp,actions=group:3'
    see "group fast fail-over: the first" vm0 'ip udp' 'vm1 ='
    xvs port set sw0 vm1 blocked=on
    see_soon "blocked: the next" vm0 'ip udp' 'vm2 ='
    xvs port set sw0 vm1 blocked=off
    see_soon "back" vm0 'ip udp' 'vm1 ='
    rules 'udp,actions=group:4'
    local i said first=0 second=0 both=0
    for i in $(seq 24); do
        said=$(burst 2 vm0 "ip udp:src=$i")
        case "$said" in
        "vm0=0 vm1=2 vm2=0 vm3=0 sw0=0") first=$((first + 1)) ;;
        "vm0=0 vm1=0 vm2=2 vm3=0 sw0=0") second=$((second + 1)) ;;
        *) both=$((both + 1)) && say "flow $i: $said" ;;
        esac
    done
    check_num "group select: a flow stays with its bucket" $both -eq 0
    check_num "flows are shared" $first -ge 3
    check_num "between both" $second -ge 3
    rules 'priority=1,actions=drop'
    xvs group del sw0
    xvs meter add sw0 'meter=1,kbps,burst,bands=type=drop,rate=1,burst_size=1'
    rules 'udp,actions=meter:1,output:vm1'
    check_eq "meter: what is beyond the rate is dropped" "$(burst 5 vm0 'ip udp data:1000')" \
        "vm0=0 vm1=1 vm2=0 vm3=0 sw0=0"
    rules 'priority=1,actions=drop'
    xvs meter del sw0
}

cookies_and_counters() {
    rules 'cookie=0x11,udp,actions=output:vm1,resubmit(,1),resubmit(,1)' \
        'table=1,cookie=0x12,udp,actions=mod_dl_src:02:00:00:00:00:07,goto_table:2' \
        'table=2,cookie=0x13,ip,actions=output:vm2' 'table=2,cookie=0x23,priority=1,actions=drop'
    check_eq "a packet, two copies" "$(burst 1 vm0 'ip udp')" "vm0=0 vm1=1 vm2=2 vm3=0 sw0=0"
    check_eq "99 more, by the fast path" "$(burst 99 vm0 'ip udp')" \
        "vm0=0 vm1=99 vm2=198 vm3=0 sw0=0"
    check_packets "table 0: as many as were sent" table=0,cookie=0x11/-1 100
    check_packets "table 1, twice each" table=1 200
    check_packets "table 2" table=2,cookie=0x13/-1 200
    check_packets "a rule that was not hit" table=2,cookie=0x23/-1 0
    check_eq "bytes" "$(json_get '[.[].bytes] | join(" ")' flow show sw0 table=2,cookie=0x13/-1)" \
        $((200 * 42))
    xvs flow del sw0 cookie=0x20/0xf0
    check_eq "del by a masked cookie" "$(json_get '[.[].cookie] | sort | join(" ")' flow show sw0)" \
        "0x0 0x11 0x12 0x13"
    xvs flow mod sw0 'cookie=0x13/-1,actions=output:vm3'
    see "mod by a cookie" vm0 'ip udp' 'vm1 =' \
        'vm3 eth:src=02:00:00:00:00:07 ip udp' 'vm3 eth:src=02:00:00:00:00:07 ip udp'
    xvs flow mod sw0 'cookie=0x13/-1,cookie=0x15,actions=output:vm3'
    check_eq "mod gives a cookie to those of another" \
        "$(json_get '[.[].cookie] | sort | join(" ")' flow show sw0)" "0x0 0x11 0x12 0x15"
    rules 'idle_timeout=1,udp,actions=output:vm1' 'hard_timeout=1,tcp,actions=output:vm2' \
        'priority=1,actions=output:vm3'
    gone() { [ "$(json_get length flow show sw0 "$1")" = 0 ]; }
    check "idle_timeout: the rule goes" wait_for 8 gone udp
    check "hard_timeout: the rule goes" wait_for 8 gone tcp
    # The rule goes first, what it had cached with the next revalidation.
    see_soon "and the next decides" vm0 'ip udp' 'vm3 ='
    see_soon "for both" vm0 'ip tcp' 'vm3 ='
}

for hook in tc xdp; do
    say "hook $hook"
    guests_hook $hook vm0 vm1 vm2 vm3
    outputs
    controllers
    fields
    tables
    groups
    cookies_and_counters
done
check_num "flow show was fed back" "$n_fed_back" -ge 70
rules 'priority=0,actions=normal'
check_ledger vm0 vm1 vm2 vm3 sw0
finish
