#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# policy_commands: what `xvsctl policy` changes and shows; what is shown is read
# again; a mistake changes nothing and has its place.
#
#   vm0 ── sw0 ── vm1

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
xvs attach vm0 vm1

policy() { json_get "$1" policy show sw0; }

say "an empty one"
check_eq "has no rules" "$(policy '.sections | length')" 0
check_eq "lets everything pass" "$(policy .default.action)" allow

say "sections, groups, services, rules"
check "section add" xvs policy section add sw0 web on-remove=finish
check "another in front of it" xvs policy section add sw0 first tcp-strict=yes before=web
check "group add" xvs policy group add sw0 webs ports=vm1 addresses=10.1.0.0/16,2001:db8::/32
check "service add" xvs policy service add sw0 app terms=tcp:8080-8090,udp:8080
check_match "rule add tells its number" "$(xvs policy rule add sw0 web name=www to=webs \
    service=http,app action=allow)" '^rule [0-9]+$'
check "a rule in front of it" xvs policy rule add sw0 web id=77 before=www from=10.9.0.0/16 \
    action=reject log=yes direction=in
check "default set" xvs policy default set sw0 action=drop log=yes
check "exclude add" xvs policy exclude add sw0 vm0
check_eq "in their order" "$(policy '[.sections[].name] | join(" ")')" "first web"
check_eq "and the rules" "$(policy '[.sections[1].rules[].id] | first')" 77
check_eq "what a rule is" "$(json_get '.[0] | "\(.action) \(.direction) \(.log) \(.from[0]) \(.to)"' \
    policy rule show sw0 77)" "reject in true 10.9.0.0/16 null"
check_eq "what a section is" "$(json_get '.[0] | "\(.stateful) \(.tcp_strict) \(.on_remove)"' \
    policy section show sw0 first)" "true true end"
check_eq "what a group has" "$(json_get '.[0] | "\(.ports[0]) \(.addresses | length)"' \
    policy group show sw0 webs)" "vm1 2"
check_eq "what is excluded" "$(policy '.excluded[0]')" vm0
check "rule set" xvs policy rule set sw0 77 action=drop
check_eq "changes that" "$(json_get '.[0].action' policy rule show sw0 77)" drop
check "group set" xvs policy group set sw0 webs addresses+=10.2.0.0/16
check_eq "adds to it" "$(json_get '.[0].addresses | length' policy group show sw0 webs)" 3
check_match "for people" "$(xvs policy show sw0)" 'rule add web id=77 '
check_match "with statistics" "$(xvs -s policy show sw0)" '77 +.*drop'

say "ports by their tags and addresses"
decides() { # what becomes of a connection of vm1 from that address to 10.0.0.1
    xvs trace sw0 "in_port=vm1,tcp,nw_src=$1,nw_dst=10.0.0.1,tp_src=4000,tp_dst=22,tcp_flags=syn" |
        grep -o 'out at vm1: .*'
}
check "a group of tags" xvs policy group add sw0 admins tags=admin
check "a rule for it" xvs policy rule add sw0 first name=ssh from=admins service=ssh action=allow
check_match "nobody has the tag" "$(decides 10.0.0.2)" 'default rule: drop'
check "port set policy-tags" xvs port set sw0 vm1 policy-tags=admin,web
check_eq "port show" "$(port_stat vm1 'policy_tags | join(" ")')" "admin web"
check_match "the port has it" "$(decides 10.0.0.2)" 'rule [0-9]+ ssh: allow'
check "none any more" xvs port set sw0 vm1 policy-tags=none
check_match "nobody has it" "$(decides 10.0.0.2)" 'default rule: drop'
check "a rule for what is sent to a port" xvs policy rule set sw0 ssh from=any to=port:vm0
check "whose addresses are known" xvs port set sw0 vm0 addresses=10.0.0.1
check_match "is for those" "$(decides 10.0.0.2)" 'rule [0-9]+ ssh: allow'
check_exit "a tag that is no word" 2 xvs port set sw0 vm0 'policy-tags=a b'
check "rule del" xvs policy rule del sw0 ssh

say "mistakes"
check_exit "a section that is not there" 3 xvs policy rule add sw0 nowhere action=allow
check_exit "an action that is none" 2 xvs policy rule add sw0 web action=maybe
check_match "has a caret below it" "$err" '\^~+'
check_exit "a group that a rule uses" 1 xvs policy group del sw0 webs
check_exit "a rule that is not there" 3 xvs policy rule show sw0 999
check_exit "a verb that is none" 2 xvs policy rule make sw0 web

say "all of it, read again"
xvsctl() { "$XVSCTL" "$@"; }
xvsctl policy show sw0 >"$XVS_TEST_DIR/policy"
check "replace by what is shown" xvs policy replace sw0 "$XVS_TEST_DIR/policy"
check_eq "is the same" "$(xvsctl policy show sw0)" "$(cat "$XVS_TEST_DIR/policy")"
printf '%s\n' '# one' 'section add only' 'rule add only action=allow servce=ssh' \
    >"$XVS_TEST_DIR/wrong"
check_exit "a file with a mistake" 2 xvs policy replace sw0 "$XVS_TEST_DIR/wrong"
check_match "tells the line" "$err" 'wrong:3'
check_eq "and changes nothing" "$(xvsctl policy show sw0)" "$(cat "$XVS_TEST_DIR/policy")"

say "a batch is one change"
printf '%s\n' 'policy rule del sw0 77' 'policy rule add sw0 web id=78 action=allow' \
    'policy rule del sw0 99' >"$XVS_TEST_DIR/batch"
check_exit "one that fails" 1 xvs batch "$XVS_TEST_DIR/batch"
check_eq "changes nothing" "$(xvsctl policy show sw0)" "$(cat "$XVS_TEST_DIR/policy")"
sed -i 3d "$XVS_TEST_DIR/batch"
check "one that does not" xvs batch "$XVS_TEST_DIR/batch"
check_eq "changes all" "$(policy '[.sections[1].rules[].id] | contains([78])')" true
printf '%s\n' 'section add all' 'rule add all action=allow' >"$XVS_TEST_DIR/all"
check "everything may pass" xvs policy replace sw0 "$XVS_TEST_DIR/all"
check_eq "nothing else is left" "$(policy '"\(.groups | length) \(.excluded | length) \(.default.action)"')" \
    "0 0 allow"
finish
