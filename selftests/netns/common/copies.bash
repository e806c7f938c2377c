# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# Where the copies of one frame go, and how they look there. Sourced behind lib.sh
# by the scripts about groups and mirrors.

copies_guests=()

# What each other guest of 'copies_guests' sees of a frame (type 0x88b5) that FROM
# sends: "vm1[02] vm2[02,99@7/0]": the last byte of each copy's destination, and
# its tags.
copies_of() { # FROM FRAMES-ARG...
    local from=$1 guest frames all=''
    shift
    for guest in "${copies_guests[@]}"; do
        [ "$guest" = "$from" ] || bg "cap-$guest" in_ns "$guest" $FRAMES capture eth0 \
            go=signal count=20 seconds=0.5 type=0x88b5 >/dev/null
    done
    for guest in "${copies_guests[@]}"; do
        [ "$guest" = "$from" ] || wait_for 5 bg_says "cap-$guest" ready
    done
    in_ns "$from" $FRAMES send eth0 type=0x88b5 "$@"
    for guest in "${copies_guests[@]}"; do
        [ "$guest" = "$from" ] || bg_signal "cap-$guest" USR1
    done
    for guest in "${copies_guests[@]}"; do
        [ "$guest" = "$from" ] && continue
        bg_wait "cap-$guest" || :
        frames=$(bg_out "cap-$guest" | sed 1d | awk '{
            tags = ""
            for (i = 3; i < NF; i++)
                if ($i == "vlan") tags = tags (tags ? "+" : "@") $(i + 1)
            print substr($1, 16) tags
        }' | sort | paste -sd,)
        [ -z "$frames" ] || all+="${guest}[$frames] "
    done
    echo "${all% }"
}

# Ports with that hook; what their guests need for native redirects is set.
use_hook() { # HOOK PORT...
    local hook=$1 port
    shift
    for port; do
        in_ns "$port" ethtool -K eth0 tx off gro on >/dev/null
        h "$XVSCTL" port set sw0 "$port" "hook=$hook"
    done
    check_eq "hooks in force" "$(json_get '[.[].hook] | unique | join(",")' port show sw0)" "$hook"
}
