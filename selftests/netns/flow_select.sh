#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# flow_select: which rules flow show, mod and del mean: by table, match, cookie
# with a mask, and by what their actions send to, nested ones included.
#
#   vm0 ── sw0 ── vm1

. "$(dirname "$0")/../lib.sh"

guest vm0
guest vm1
xvs attach vm0 vm1

cat >"$XVS_TEST_DIR/rules" <<'EOB'
flow del sw0
group del sw0
group add sw0 group_id=1,type=all,bucket=actions=output:vm1
group add sw0 group_id=2,type=all,bucket=actions=output:vm0
flow add sw0 cookie=0x11,priority=1,udp,actions=output:vm1
flow add sw0 cookie=0x12,priority=2,ip,actions=group:1
flow add sw0 cookie=0x21,priority=3,udp,tp_dst=53,actions=clone(output:vm1),output:vm0
flow add sw0 cookie=0x1000000000000001,table=3,priority=4,udp,actions=clone(group:2)
flow add sw0 table=3,priority=5,arp,actions=resubmit(,7)
flow add sw0 table=254,priority=6,actions=controller
EOB

fresh() {
    "$XVSCTL" -q batch "$XVS_TEST_DIR/rules" || fail "batch"
}

# The rules' priorities tell which they are.
shown() { # [FILTER]
    json_get '[.[].priority] | sort | map(tostring) | join(" ")' flow show sw0 "$@"
}

rows() { # FUNCTION: for each filter and the rules that it means
    while IFS='|' read -r filter want; do
        "$1" "$filter" "$want"
    done <<'ROWS'
|1 2 3 4 5 6
table=0|1 2 3
table=3|4 5
table=254|6
table=9|
udp|1 3 4
table=0,udp|1 3
ip|1 2 3 4
udp,tp_dst=53|3
cookie=0x11/-1|1
cookie=0x11|1
cookie=0x10/0xf0|1 2
cookie=0x1/0x1|1 3 4
cookie=0/-1|5 6
cookie=0x1000000000000000/0x1000000000000000|4
table=3,cookie=0x1/0xf|4
out_port=vm1|1 3
out_port=vm0|3
out_port=2|1 3
out_group=1|2
out_group=2|4
out_group=3|
udp,out_port=vm1,cookie=0x20/0x20|3
ROWS
}

check_shown() {
    check_eq "show '$1'" "$(shown "$1")" "$2"
}

check_modified() {
    # What actions do is a filter for show and del only, and so is a cookie
    # without a mask: here it is the one that rules get.
    [[ $1 == *out_* || $1 == cookie=0x11 ]] && return
    fresh
    "$XVSCTL" -q flow mod sw0 "$1${1:+,}actions=set_field:7->reg9" || fail "mod"
    # With a match but without a cookie, a mod that finds none adds one.
    check_eq "mod '$1'" "$(json_get '[.[] | select(.actions | test("reg9")) | select(.priority < 7) |
        .priority] | sort | map(tostring) | join(" ")' flow show sw0)" "$2"
}

check_deleted() {
    local n
    fresh
    n=$(wc -w <<<"$2")
    check_eq "del '$1'" "$(xvs_json flow del sw0 "$1")$(shown)" "{\"changed\":$n}$(left "$2")"
}

left() { # PRIORITIES: the others
    local i rest=()
    for i in 1 2 3 4 5 6; do
        [[ " $1 " == *" $i "* ]] || rest+=("$i")
    done
    echo "${rest[*]}"
}

fresh
rows check_shown
rows check_modified
rows check_deleted
fresh
xvs -q flow mod sw0 table=0,cookie=0x44,actions=drop
check_eq "mod gives a cookie" "$(shown cookie=0x44/-1)" "1 2 3"
check_exit "del of a priority without --strict" 2 xvs flow del sw0 priority=1
check_match "it says what to do" "$err" '--strict'
check_exit "a listing of a priority" 2 xvs flow show sw0 priority=1
check_eq "nothing is gone" "$(shown)" "1 2 3 4 5 6"
fresh
check_eq "del --strict means one table, or all" \
    "$(xvs_json flow del sw0 --strict priority=4,table=3,udp)$(shown)" '{"changed":1}1 2 3 5 6'
fresh
check_exit "not the rule of another table" 3 xvs flow del sw0 --strict priority=4,table=4,udp
check_exit "nor of another cookie" 3 xvs flow del sw0 --strict priority=4,udp,cookie=5/-1
check_exit "there is no table 255" 2 xvs flow add sw0 table=255,actions=drop
check_match "it says so" "$err" '254'
check_exit "a mask of a cookie that is given" 2 xvs flow add sw0 cookie=1/3,actions=drop
finish
