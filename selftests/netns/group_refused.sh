#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# group_refused: groups, meters and mirrors as they are added, changed, shown and
# removed; what would leave a reference to nothing, or a loop, is refused with a
# clear error, and changes nothing.
#
#   vm0, vm1, vm2 ── sw0

. "$(dirname "$0")/../lib.sh"

for i in 0 1 2; do
    guest vm$i 10.0.0.$((i + 1))/24
done
xvs attach vm0 vm1 vm2

say "what is shown can be fed back"
group_texts=(
    'group_id=1,type=all,bucket=bucket_id:0,actions=output:vm0,bucket=bucket_id:1,actions=output:vm1'
    'group_id=2,type=select,selection_method=hash,fields(nw_src,tcp_dst=0xff00),bucket=bucket_id:3,weight:50,watch_port:vm0,actions=output:vm0,bucket=bucket_id:0,actions=output:vm1'
    'group_id=3,type=indirect,bucket=bucket_id:0,actions=mod_dl_src:02:00:00:00:00:99,group:1'
    'group_id=4,type=ff,bucket=bucket_id:0,watch_port:vm0,actions=output:vm0,bucket=bucket_id:1,watch_group:2,actions=group:2'
)
for text in "${group_texts[@]}"; do
    check "group add" xvs group add sw0 "$text"
done
check_eq "group show" "$(xvs_json group show sw0 | jq -r '.[].text')" \
    "$(printf '%s\n' "${group_texts[@]}")"
check_eq "for people: the same" "$("$XVSCTL" group show sw0)" "$(printf '%s\n' "${group_texts[@]}")"
check_eq "one of them" "$("$XVSCTL" group show sw0 group_id=3)" "${group_texts[2]}"
check_match "with statistics" "$("$XVSCTL" -s group show sw0 3)" 'bucket 0: n_packets=0, n_bytes=0'
check_eq "JSON: a bucket" "$(json_get '.[1].buckets[0] | [.bucket_id, .weight, .watch_port,
    .watch_group, .actions, .alive, .packets] | @json' group show sw0)" \
    '[3,50,"vm0",null,"output:vm0",true,0]'
check_eq "JSON: the group" "$(json_get '.[1] | [.group_id, .type, .selection_method, .fields,
    .packets, .bytes] | @json' group show sw0)" '[2,"select","hash","nw_src,tcp_dst=0xff00",0,0]'
meter_text='meter=1,pktps,burst,stats,bands=type=drop,rate=1000,burst_size=100'
check "meter add" xvs meter add sw0 "$meter_text"
check_eq "meter show" "$("$XVSCTL" meter show sw0)" "$meter_text"
check_eq "JSON" "$(json_get '.[0] | [.meter, .unit, .rate, .burst_size, .packets,
    .dropped_packets] | @json' meter show sw0)" '[1,"pktps",1000,100,0,0]'
check "mirror add" xvs mirror add sw0 m1 select_src_port=vm0,2 select_dst_port=vm0 \
    select_vlan=0,10-12 output_port=vm2
check_eq "mirror show" "$(json_get '.[0] | [.name, .select_all, .select_src_port,
    .select_dst_port, .select_vlan, .output_port, .output_vlan, .tx_packets] | @json' \
    mirror show sw0)" '["m1",false,["vm0","vm1"],["vm0"],"0,10-12","vm2",null,0]'
check_match "as a table" "$("$XVSCTL" mirror show sw0 m1)" '^m1 +no +vm0,vm1 +vm0 +0,10-12 +vm2'

say "changes"
check "group mod" xvs group mod sw0 'group_id=3,type=indirect,bucket=actions=output:vm2'
check_match "is the new one" "$("$XVSCTL" group show sw0 3)" 'actions=output:vm2$'
check "meter mod" xvs meter mod sw0 'meter=1,kbps,bands=type=drop,rate=5'
check_eq "is the new one" "$("$XVSCTL" meter show sw0 1)" 'meter=1,kbps,bands=type=drop,rate=5'
check "mirror set: another selection, the same output" xvs mirror set sw0 m1 select_all
check_eq "is there" "$(json_get '.[0] | [.select_all, .select_src_port, .select_vlan,
    .output_port] | @json' mirror show sw0)" '[true,[],null,"vm2"]'
check "mirror set: another output, the same selection" xvs mirror set sw0 m1 output_vlan=7
check_eq "is there" "$(json_get '.[0] | [.select_all, .output_port, .output_vlan] | @json' \
    mirror show sw0)" '[true,null,7]'

say "refused"
before=$("$XVSCTL" group show sw0; "$XVSCTL" meter show sw0; "$XVSCTL" mirror show sw0)
refused() { # STATUS ERE XVSCTL-ARG...
    local status=$1 ere=$2
    shift 2
    check_exit "$*: exit $status" "$status" xvs "$@"
    check_match "says why" "$err" "$ere"
}
refused 2 "unknown action or port 'vm9'" group add sw0 'group_id=9,type=all,bucket=actions=vm9'
check_match "with a caret" "$err" '^ +\^~~$'
refused 1 'exists already' group add sw0 'group_id=1,type=all'
refused 3 'group 9: no such group' group mod sw0 'group_id=9,type=all'
refused 3 'group 9: no such group' group del sw0 group_id=9
refused 3 'group 9: no such group' group show sw0 9
refused 3 'bucket 0: port 77: no such port' group add sw0 'group_id=9,type=all,bucket=output:77'
refused 3 'bucket 0: port 78: no such port' group add sw0 'group_id=9,type=ff,bucket=watch_port:78,drop'
refused 3 'bucket 1: group 8: no such group' group add sw0 'group_id=9,type=all,bucket=vm0,bucket=group:8'
refused 3 'bucket 0: group 8: no such group' group add sw0 'group_id=9,type=ff,bucket=watch_group:8,drop'
refused 1 'a loop of groups' group add sw0 'group_id=9,type=all,bucket=group:9'
refused 1 'a loop of groups' group mod sw0 'group_id=2,type=all,bucket=vm0,bucket=group:4'
refused 1 'a loop of groups' group mod sw0 'group_id=2,type=ff,bucket=watch_group:4,drop'
refused 1 'group 2 is in use by bucket 1 of group 4' group del sw0 group_id=2
refused 1 'meter 1: exists already' meter add sw0 'meter=1,kbps,bands=type=drop,rate=5'
refused 3 'meter 2: no such meter' meter mod sw0 'meter=2,kbps,bands=type=drop,rate=5'
refused 3 'meter 2: no such meter' meter del sw0 meter=2
refused 2 "band type 'dscp_remark' is not supported" meter add sw0 \
    'meter=2,kbps,bands=type=dscp_remark,rate=5,prec_level=1'
refused 1 'mirror m1: exists already' mirror add sw0 m1 select_all output_port=vm0
refused 3 'mirror m2: not a mirror' mirror del sw0 m2
refused 3 'mirror m2: not a mirror' mirror set sw0 m2 select_all
refused 3 'port vm9: not a port' mirror add sw0 m2 select_src_port=vm0,vm9 output_port=vm1
refused 2 'selects no packets' mirror add sw0 m2 output_port=vm1
refused 2 'either output_port= or output_vlan=' mirror add sw0 m2 select_all
refused 2 'not both' mirror add sw0 m2 select_all output_port=vm1 output_vlan=5
refused 2 'is its output and cannot be selected' mirror add sw0 m2 select_src_port=vm1 output_port=vm1
refused 2 'select_vlan=x: must be VLANs' mirror add sw0 m2 select_all select_vlan=x output_port=vm1
refused 2 'output_vlan=0' mirror add sw0 m2 select_all output_vlan=0

say "rules and what they name"
refused 3 'group 9: no such group' flow add sw0 'priority=5,ip,actions=group:9'
check_match "with a caret" "$err" '^ +\^~~~~~~$'
refused 3 'meter 9: no such meter' flow add sw0 'priority=5,ip,actions=meter:9,normal'
refused 3 'group 9: no such group' flow add sw0 'priority=5,ip,actions=clone(group:9),normal'
refused 3 'group 9: no such group' flow mod sw0 'actions=group:9'
printf '%s\n' 'priority=1,actions=normal' 'priority=7,arp,actions=meter:9,normal' >"$XVS_TEST_DIR/rules"
refused 3 "no meter 9, which the rule .*priority=7,arp actions=meter:9,NORMAL' names" \
    flow replace sw0 "$XVS_TEST_DIR/rules"
check "flow add" xvs flow add sw0 'priority=5,ip,actions=meter:1,group:4'
check "in a clone" xvs flow add sw0 'priority=6,arp,actions=clone(group:3),normal'
refused 1 "group 4 is in use by the rule 'priority=5,ip actions=meter:1,group:4'" group del sw0 4
refused 1 "group 3 is in use by the rule 'priority=6,arp " group del sw0 group_id=3
refused 1 'is in use by the rule' group del sw0
refused 1 "meter 1 is in use by the rule 'priority=5,ip " meter del sw0 meter=1
refused 1 'meter 1 is in use by the rule' meter del sw0
check_eq "nothing has changed" \
    "$("$XVSCTL" group show sw0; "$XVSCTL" meter show sw0; "$XVSCTL" mirror show sw0)" "$before"
check_eq "one rule and those two" "$(json_get length flow show sw0)" 3

say "and the way back"
check "flow del" xvs flow del sw0 'ip'
check "flow del" xvs flow del sw0 'arp'
check_eq "group del of one" "$("$XVSCTL" group del sw0 group_id=4)" '1 removed'
check_eq "group del of all" "$("$XVSCTL" group del sw0)" '3 removed'
check_eq "meter del" "$("$XVSCTL" meter del sw0 meter=1)" '1 removed'
check_eq "meter del of none" "$("$XVSCTL" meter del sw0)" '0 removed'
check "mirror del" xvs mirror del sw0 m1
check_eq "nothing is left" "$(xvs_json group show sw0)$(xvs_json meter show sw0)$(xvs_json mirror show sw0)" \
    '[][][]'

say "a port that goes"
check "group with two ports" xvs group add sw0 'group_id=1,type=ff,bucket=watch_port:vm2,output:vm2,bucket=watch_port:vm1,output:vm1'
check "mirror of it" xvs mirror add sw0 m1 select_src_port=vm2 output_port=vm1
check "mirror to it" xvs mirror add sw0 m2 select_src_port=vm1 output_port=vm2
check "port del" xvs port del sw0 vm2
check_eq "its bucket is dead" "$(json_get '[.[0].buckets[].alive] | @json' group show sw0)" '[false,true]'
check_eq "no mirror knows it" "$(json_get '[.[] | [.select_src_port, .output_port]] | @json' \
    mirror show sw0)" '[[[],"vm1"],[["vm1"],null]]'
check "the switch goes with all it has" xvs switch del sw0
finish
