#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# trace_fast_path: trace runs the packet through the loaded programs over the live
# tables and says whether they do what the rules say; nobody notices the run.
#
#   vm0 hook=tc  ──┐
#   x0  hook=xdp ──┤ sw0    rules by UDP port, one for each thing that can be done;
#   x1  hook=xdp ──┤        the packets come from vm0 and x0
#   vm1 hook=tc  ──┘

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
guest x0 10.0.0.3/24
guest x1 10.0.0.4/24
g x1 ethtool -K eth0 gro on # takes native redirects
xvs attach vm0 vm1
xvs port add sw0 x0 hook=xdp
xvs port add sw0 x1 hook=xdp
check_eq "hooks in force" "$(json_get 'map({(.name): .hook}) | add |
    "\(.vm0) \(.vm1) \(.x0) \(.x1)"' port show sw0)" "tc tc xdp xdp"
src=02:00:00:00:00:aa dst=02:00:00:00:00:bb

# ------------------------------------------------- what can be done with a packet

# UDP port; how the packet differs for frames.py and for trace; the actions; what
# becomes of it, by the port that it comes from
cases=(
    "5001|||output:x1|hit output:x1"
    "5002|||output:vm1|hit output:vm1"
    "5003|||mod_nw_dst:10.9.9.9,mod_tp_src:7,mod_dl_dst:02:99:99:99:99:99,output:x1|hit output:x1"
    "5004|||mod_vlan_vid:10,output:vm1|hit output:vm1"
    "5005|vlan=10/3|dl_vlan=10,dl_vlan_pcp=3|strip_vlan,output:x1|hit output:x1"
    "5006|vlan=10/3|dl_vlan=10,dl_vlan_pcp=3|mod_vlan_vid:20,output:vm1|hit output:vm1"
    "5007|||drop|drop action-drop"
    "5008|ttl=1|nw_ttl=1|dec_ttl,output:x1|drop ttl-expired"
    "5009|||dec_ttl,output:x1|hit output:x1"
    "5010|||output:x1,mod_nw_tos:32,output:vm1|hit output:x1,output:vm1"
    "5011|||flood|hit flood"
    "5012|vlan=0x88a8:10 vlan=20|vlan_tci=0x100a,vlan_tci1=0x1014|output:vm1|hit output:vm1"
    "5013|||meter:1,output:x1|hit output:x1"
    "5014|||controller,output:vm1|hit controller,output:vm1"
    "5015|||push_mpls:0x8847,output:x1|hit output:x1"
)
xvs meter add sw0 meter=1,pktps,band=type=drop,rate=100000
xvs meter add sw0 meter=2,pktps,burst,band=type=drop,rate=1,burst_size=10
for case in "${cases[@]}"; do
    IFS='|' read -r udp _ _ actions _ <<<"$case"
    xvs flow add sw0 "priority=10,udp,tp_dst=$udp,actions=$actions"
done

send_case() { # FROM UDP FRAMES-ARG...
    in_ns "$1" $FRAMES send eth0 src=$src dst=$dst "udp=10.0.0.1:1000-10.0.0.2:$2" payload=x "${@:3}"
}
packet_of() { # FROM UDP FIELDS
    local ttl=,nw_ttl=64
    [[ $3 != *nw_ttl* ]] || ttl=
    echo "in_port=$1,udp,dl_src=$src,dl_dst=$dst,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1000,tp_dst=$2$ttl${3:+,$3}"
}
fast_path() { # JQ PACKET
    json_get ".fast_path | $1" trace sw0 "$2"
}
is_cached() { # PACKET
    [ "$(fast_path .result "$1")" != miss ]
}
refresh() { # FROM UDP: it is cached now, whatever was idle for too long
    send_case "$@"
    wait_for 5 is_cached "$(packet_of "$1" "$2" '')"
}
# "hit output:x1,output:vm1", or why it was dropped
what='[.outputs[] | if .port then "output:\(.port)" else "controller" end] | join(",")'
what=".result + \" \" + (.drop_reason // ($what))"

for from in vm0 x0; do
    for case in "${cases[@]}"; do
        IFS='|' read -r udp frame fields actions want <<<"$case"
        packet=$(packet_of $from "$udp" "$fields")
        [ "$want" != "hit flood" ] || want="hit $(for p in vm0 vm1 x0 x1; do
            [ $p = $from ] || echo "output:$p"
        done | sort | paste -sd,)"
        check_eq "$from $actions: nobody has sent one: it would go up" \
            "$(fast_path '"\(.result) \(.agrees) \(.slot)"' "$packet")" "miss null null"
        # shellcheck disable=SC2086 # several words
        send_case $from "$udp" $frame
        check "$from $actions: cached" wait_for 5 is_cached "$packet"
        got=$(fast_path "$what" "$packet")
        [ "$udp" != 5011 ] || got="hit $(tr ', ' '\n\n' <<<"${got#hit }" | sort | paste -sd,)"
        check_eq "$from $actions: $want" "$got" "$want"
        check_eq "$from $actions: agrees" "$(fast_path '"\(.agrees) \(.reason) \(.nearest)"' \
            "$packet")" "true null null"
        check_eq "$from $actions: it is the flow that the cache shows" \
            "$(fast_path '.slot' "$packet")" "$(json_get "[.[] |
            select(.match | contains(\"in_port=$from,\") and contains(\"tp_dst=$udp\")) |
            .id] | first" cache show sw0)"
    done
done
refresh x0 5001
check_eq "xdp by itself" "$(fast_path '"\(.hook) \(.handed_up)"' "$(packet_of x0 5001 '')")" \
    "xdp false"
refresh x0 5010
check_eq "several outputs are the TC program's" \
    "$(fast_path '"\(.hook) \(.handed_up)"' "$(packet_of x0 5010 '')")" "tc true"
refresh vm0 5010
check_eq "tc" "$(fast_path '"\(.hook) \(.handed_up)"' "$(packet_of vm0 5010 '')")" "tc false"
xvs trace sw0 "$(packet_of vm0 5010 '')" | quote
check_match "for people" "$("$XVSCTL" trace sw0 "$(packet_of vm0 5010 '')")" \
    '^Fast path: tc: megaflow [0-9]+ \(.*\): output:x1,output:vm1: agrees$'

xvs flow add sw0 'priority=10,udp,tp_dst=5016,actions=meter:2,output:vm1'
exceeds() { # its tokens come back, one a second
    send_case vm0 5016 count=20
    [ "$(fast_path "$what" "$(packet_of vm0 5016 '')")" = "drop meter" ]
}
check "a meter that is exceeded drops" wait_for 5 exceeds

# A frame with a label: as the push above made it.
refresh vm0 5015
frame=$(fast_path '.outputs[0].frame' "$(packet_of vm0 5015 '')")
xvs flow add sw0 'priority=10,mpls,actions=pop_mpls:0x0800,dec_ttl,output:vm1'
labelled=in_port=vm0,mpls,dl_src=$src,dl_dst=$dst,mpls_bos=1,mpls_ttl=64
check_match "the steps go on in the second pass, sent or not" "$("$XVSCTL" trace sw0 "$labelled")" \
    '^pass 2, recirc_id'
two_passes() { # the second one goes up by itself
    in_ns vm0 python3 -c 'import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth0", 0))
s.send(bytes.fromhex(sys.argv[1]))' "$frame"
    [ "$(fast_path '.lookups | map(.slot != null) | join(",")' "$labelled")" = true,true ]
}
check "a packet that is looked up again" wait_for 5 two_passes
check_eq "... agrees in both passes" "$(fast_path "$what + \" \\(.agrees)\"" "$labelled")" \
    "hit output:vm1 true"

# ------------------------------------------------- what cannot be asked

check_eq "no in_port" "$(fast_path '"\(.result) \(.hook) \(.agrees) \(.reason)"' udp,tp_dst=5001)" \
    "none null null the packet has no in_port"
check_eq "no frame has IPv6 without a protocol" "$(fast_path .nearest in_port=vm0,ipv6)" nw_proto=59
xvs port add sw0 pa type=patch peer=pb
check_eq "from a patch port" "$(fast_path '"\(.result) \(.agrees) \(.reason)"' in_port=pa,udp)" \
    "none null packets cross a patch port in translation"
xvs port set sw0 x1 blocked=on
check_eq "from a blocked port" "$(fast_path '"\(.result) \(.drop_reason) \(.agrees)"' \
    "$(packet_of x1 5001 '')")" "drop port-blocked null"
xvs port set sw0 x1 blocked=off

# ------------------------------------------------- nobody notices

# All that is counted, by the switch and by devices; not the age of anything.
everything() {
    xvs_json port show sw0
    xvs_json drops show sw0
    xvs_json meter show sw0 | jq -c 'map({meter, packets, bytes, dropped_packets})'
    xvs_json cache stats sw0 | jq -c '[.microflow, .megaflow, .upcalls, .installed_total]'
    xvs_json flow show -s sw0 | jq -c 'map({match, packets, bytes})'
    for dev in vm0 vm1 x0 x1; do
        ip -s -j link show $dev | jq -c '.[0].stats64'
        ip -n $dev -s -j link show eth0 | jq -c '.[0].stats64'
    done
}
for from in vm0 x0; do # their flows are young
    for udp in 5001 5003 5004 5007 5010 5011 5013 5014 5016; do
        refresh $from $udp
    done
done
for dev in vm0 vm1 x0 x1; do
    bg "seen-$dev" in_ns $dev $FRAMES capture eth0 count=1 seconds=60
done
for dev in vm0 vm1 x0 x1; do
    wait_for 5 bg_says "seen-$dev" ready
done
still() { # what is on its way has arrived
    before=$after
    after=$(everything)
    [ "$after" = "$before" ]
}
after=''
check "all is still" wait_for 5 still
n=0
while [ $n -lt 100 ]; do
    for from in vm0 x0; do
        for udp in 5001 5003 5004 5007 5010 5011 5013 5014 5016 6000; do # the last one misses
            "$XVSCTL" -q trace sw0 "$(packet_of $from $udp '')" >/dev/null
            n=$((n + 1))
        done
    done
done
check_eq "$n traces: nothing was counted" "$(everything)" "$before"
for dev in vm0 vm1 x0 x1; do
    check "$n traces: nothing arrived at $dev" bg_alive "seen-$dev"
    bg_stop "seen-$dev"
done

# ------------------------------------------------- beside traffic

know_each_other vm0 10.0.0.1 vm1 10.0.0.2
bg recv in_ns vm1 "$TOOLS/udp_flow" recv 10.0.0.2 5002 8000 1000
wait_for 5 bg_says recv ready
bg send in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 5002 8000 2000 100
disagreed=0 traces=0
while bg_alive send; do
    [ "$(fast_path .agrees "$(packet_of vm0 5003 '')")" != false ] || disagreed=$((disagreed + 1))
    traces=$((traces + 1))
done
bg_wait send
bg_wait recv
bg_out recv | quote
check_num "beside $traces traces all packets arrive" "$(bg_out recv | tail -n 1 | jq .received)" -eq 8000
check_num "none disagreed" $disagreed -eq 0
check_ledger vm0 vm1 x0 x1

# ------------------------------------------------- a fast path that is wrong

# The words of a map's entry, changed behind the daemon's back: as a bug would.
entry() { # MAP INDEX: bytes
    local -a key
    read -ra key < <(le32 "$2")
    bpftool -j map lookup pinned "$XVS_BPFFS/xvs/$1" key "${key[@]}" | jq -r '.value | join(" ")'
}
le32() { # NUMBER: four bytes
    printf '%d %d %d %d\n' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}
poke() { # MAP INDEX BYTE-OFFSET VALUE
    local -a key bytes
    read -ra key < <(le32 "$2")
    read -ra bytes < <(entry "$1" "$2")
    bytes[$3]=$4
    bpftool map update pinned "$XVS_BPFFS/xvs/$1" key "${key[@]}" value "${bytes[@]}"
}
action_at() { # SLOT: where in the entry the flow's action is: verdict, reason, target
    local -a flow
    read -ra flow < <(entry xvs_flows "$1")
    echo $((16 + 4 * (flow[12] & 1)))
}
refresh vm0 5001
slot=$(fast_path .slot "$(packet_of vm0 5001 '')")
vm1_no=$(port_stat vm1 port_no)
at=$(action_at "$slot")
poke xvs_flows "$slot" $((at + 2)) "$vm1_no"
check_eq "another output" "$(fast_path '"\(.agrees): \(.reason)"' "$(packet_of vm0 5001 '')")" \
    "false: output 1 is vm1, not x1"
check_match "for people" "$("$XVSCTL" trace sw0 "$(packet_of vm0 5001 '')")" \
    '^Fast path: tc: .*: output:vm1: disagrees: output 1 is vm1, not x1$'

refresh vm0 5003
slot=$(fast_path .slot "$(packet_of vm0 5003 '')")
read -ra flow < <(entry xvs_flows "$slot")
at=$(action_at "$slot")
block=$((flow[at + 2] | flow[at + 3] << 8))
poke xvs_actions $block 16 77 # the value of the first operation
check_match "another byte" "$(fast_path '"\(.agrees): \(.reason)"' "$(packet_of vm0 5003 '')")" \
    '^false: output 1 to x1 has 0x.. at byte [0-9]+, not 0x..$'

refresh vm0 5002
slot=$(fast_path .slot "$(packet_of vm0 5002 '')")
at=$(action_at "$slot")
poke xvs_flows "$slot" "$at" 1 # drops
poke xvs_flows "$slot" $((at + 1)) 1 # no-match
check_eq "a drop" "$(fast_path '"\(.agrees): \(.reason)"' "$(packet_of vm0 5002 '')")" \
    "false: output 1 is none, not vm1"
xvs flow del sw0 udp
check_eq "rules that change bring it back in line" \
    "$(fast_path '"\(.result) \(.agrees)"' "$(packet_of vm0 5001 '')")" "miss null"
finish
