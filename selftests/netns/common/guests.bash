# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# One packet goes in, and every guest is asked what it got: tools/guests.py, which
# says how frames are written, behind a pipe. Sourced behind lib.sh.

# Lets packets of the tool through, whatever the rules of a test.
MARKER_RULE='priority=65535,dl_type=0x88b7,actions=all'
n_fed_back=0

guests_start() { # GUEST...: the switch is sw0, the guests are there
    coproc GUESTS { exec python3 "$LIB_DIR/tools/guests.py" sw0 "$@" 2>&1; }
    # shellcheck disable=SC2153 # bash sets it
    bg_pid[guests]=$GUESTS_PID
    # The shell's own of a co-process are not there in subshells.
    exec {guests_in}>&"${GUESTS[1]}" {guests_out}<&"${GUESTS[0]}"
    local line
    read -r -t 10 line <&$guests_out
    [ "$line" = ready ] || { say "guests.py: $line"; return 1; }
}

guests_ask() { # REQUEST: the answer
    local line='no answer'
    echo "$*" >&$guests_in
    read -r -t 30 line <&$guests_out || :
    echo "$line"
}

# All rules become these; and what is shown of them means the same again.
rules() { # FLOW...
    local shown again
    printf '%s\n' "$@" "$MARKER_RULE" >"$XVS_TEST_DIR/rules"
    say "rules: $*"
    if ! "$XVSCTL" flow replace sw0 "$XVS_TEST_DIR/rules" 2>"$XVS_TEST_DIR/rules.err"; then
        fail "rules: $*"
        quote <"$XVS_TEST_DIR/rules.err"
        return 0
    fi
    shown=$("$XVSCTL" flow show sw0)
    "$XVSCTL" flow replace sw0 - <<<"$shown" 2>"$XVS_TEST_DIR/rules.err" || :
    again=$("$XVSCTL" flow show sw0)
    if [ "$shown" = "$again" ] && [ ! -s "$XVS_TEST_DIR/rules.err" ]; then
        n_fed_back=$((n_fed_back + 1))
    else
        fail "flow show is flow replace's input: $*"
        { echo "$shown"; cat "$XVS_TEST_DIR/rules.err"; echo "$again"; } | quote
    fi
}

# FROM sends FRAME; then the guests that are named have got theirs, nobody else any.
# Twice: the first packet goes by the daemon, the second by what that has cached.
see() { # DESCRIPTION FROM FRAME ["GUEST FRAME"...]
    see_until 0 "$@"
}

# The same, sent again until it is so: what was learned, or what changed about a
# port, is not seen by cached flows at once.
see_soon() { # DESCRIPTION FROM FRAME ["GUEST FRAME"...]
    see_until 5 "$@"
}

see_until() { # SECONDS DESCRIPTION FROM FRAME ["GUEST FRAME"...]
    local deadline=$(($(now_ms) + $1 * 1000)) desc=$2 request="step $3 $4" answer
    for answer in "${@:5}"; do
        request+=" | $answer"
    done
    answer=$(guests_ask "$request")
    while [ "$answer" != ok ] && [ "$(now_ms)" -lt $deadline ]; do
        answer=$(guests_ask "$request")
    done
    if [ "$answer" = ok ]; then
        answer=$(guests_ask "$request")
        [ "$answer" = ok ] || answer="by the fast path: $answer"
    fi
    if [ "$answer" = ok ]; then
        pass "$desc"
    else
        fail "$desc"
        printf '%s\n%s\n' "$request" "$answer" | quote
    fi
}

burst() { # COUNT FROM FRAME: "vm1=N vm2=N ...", how many each got
    guests_ask "burst $*"
}

# What a rule says that it has done, once that does not change any more.
packets_are() { # FILTER N
    [ "$(json_get '[.[].packets] | add // 0' flow show sw0 "$1")" = "$2" ]
}

check_packets() { # DESCRIPTION FILTER N
    if wait_for 5 packets_are "$2" "$3"; then
        pass "$1 ($3)"
    else
        fail "$1: $(json_get '[.[].packets] | add // 0' flow show sw0 "$2"), want $3"
    fi
}

# Ports with that hook, and in their guests what a native redirect needs.
guests_hook() { # HOOK PORT...
    local hook=$1 port
    shift
    for port; do
        in_ns "$port" ethtool -K eth0 tx off gro on >"$XVS_TEST_DIR/ethtool.out" 2>&1
        xvs port set sw0 "$port" "hook=$hook"
    done
    check_eq "hook in force" "$(port_stat "$1" hook)" "$hook"
}
