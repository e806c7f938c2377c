#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# run.sh [-v] [SCRIPT...]: runs the name space scripts (all of netns/ when none
# is named) and adds their TAP lines up. Each script has a time limit; what a
# failing one printed is shown whole.
#
#   LIMIT=SECONDS  for one script (default 180)

set -u
export LC_ALL=C

dir=$(cd "$(dirname "$0")" && pwd)
B=$(realpath -m "${B:-$dir/../build}")
export B
logs=$B/selftests/logs
limit=${LIMIT:-180}
verbose=''
passed=0 failed=0 skipped=0

if [ "${1:-}" = -v ]; then
    verbose=yes
    shift
fi
mkdir -p "$logs"
if [ $# = 0 ]; then
    set -- "$dir"/netns/*.sh
fi

count() { # FILE ERE
    grep -cE -- "$2" "$1"
}

run_script() {
    local name log start status=0 ok bad skip plan
    name=$(basename "$1" .sh)
    log=$logs/$name.log
    start=${EPOCHREALTIME/./}
    timeout -k 10 "$limit" bash "$1" >"$log" 2>&1 </dev/null || status=$?
    skip=$(count "$log" '^ok .*# SKIP')
    ok=$(($(count "$log" '^ok ') - skip))
    bad=$(count "$log" '^not ok ')
    plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$log" | tail -n 1)
    # A script that was stopped, or said less than it planned, failed.
    if [ "$status" != 0 ] && [ "$bad" = 0 ] || [ "${plan:--1}" != $((ok + bad + skip)) ]; then
        bad=$((bad + 1))
        echo "not ok - $name: exit status $status, plan ${plan:-missing}" >>"$log"
    fi
    passed=$((passed + ok))
    failed=$((failed + bad))
    skipped=$((skipped + skip))
    printf '%-4s %-24s %3d ok %3d failed %2d skipped %6.1f s\n' \
        "$([ $bad = 0 ] && echo ok || echo FAIL)" "$name" "$ok" "$bad" "$skip" \
        "$(((${EPOCHREALTIME/./} - start) / 100000))e-1"
    if [ $bad != 0 ] || [ -n "$verbose" ]; then
        sed 's/^/    /' "$log"
    elif [ "$skip" != 0 ]; then
        grep '# SKIP' "$log" | sed 's/^/    /'
    fi
}

for script; do
    case $script in
    */*) ;;
    *) script=$dir/netns/${script%.sh}.sh ;;
    esac
    run_script "$script"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] && [ $((passed + skipped)) != 0 ]
