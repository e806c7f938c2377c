#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# budget.sh: loads all programs on the running kernel, prints the instructions
# that the verifier walked for each, and compares with budget.tsv. Then proves
# the programs' half of [I1]: xvsd has to drop the flag that makes the tables
# read-only for programs, as such a map cannot be mapped for writing; here the
# object is loaded with it.

set -u

here=$(cd "$(dirname "$0")" && pwd)
B=${B:-$here/../../build}
passed=0 failed=0
if [ "$(id -u)" != 0 ]; then
    echo "ok 1 - verifier budget # SKIP needs root: it loads programs"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
list=$(unshare --net --mount "$B/selftests/prog_tests" --verified-insns)
status=$?
limit_of() { # PROGRAM
    awk -F'\t' -v p="$1" '/^#/ { next } $1 == p { found = $2 } $1 == "*" { rest = $2 }
        END { print found ? found : rest }' "$here/budget.tsv"
}
while read -r program insns; do
    case $insns in '' | *[!0-9]*) continue ;; esac
    limit=$(limit_of "$program")
    if [ "$insns" -lt "$limit" ]; then
        passed=$((passed + 1))
        echo "ok $((passed + failed)) - $program: $insns of $limit"
    else
        failed=$((failed + 1))
        echo "not ok $((passed + failed)) - $program: $insns of $limit"
    fi
done <<<"$list"
if [ $status != 0 ] && [ $failed = 0 ] || [ $passed = 0 ]; then
    failed=$((failed + 1))
    echo "$list" | tail -n 20 | sed 's/^/# /'
    echo "not ok $((passed + failed)) - the programs load (status $status)"
fi

# Whether each of these maps, of the programs pinned in DIR, is read-only.
read_only_in() { # DIR MAP...
    local dir=$1 map flags
    for map in "${@:2}"; do
        flags=$(bpftool -j prog show pinned "$dir/xvs_tc_tail_megaflow" | jq '.map_ids[]' |
            cat - <(bpftool -j prog show pinned "$dir/xvs_tc_tail_execute" | jq '.map_ids[]') |
            while read -r id; do bpftool -j map show id "$id"; done |
            jq -r "select(.name == \"$map\") | .flags" | head -n 1)
        if [ -z "$flags" ] || [ $((flags & 0x80)) = 0 ]; then
            echo "# $map: flags ${flags:-unknown}"
            return 1
        fi
    done
}
# No daemon: maps of the object's own small sizes; gone with the mount.
load_read_only() {
    mount -t bpf bpf "$1" && bpftool prog loadall "$B/bpf/xvs.bpf.o" "$1/progs" &&
        read_only_in "$1/progs" xvs_subtables xvs_probe xvs_buckets xvs_flows xvs_actions
}
dir=$(mktemp -d)
export -f load_read_only read_only_in
export B
PATH=$PATH:/usr/sbin
if unshare --net --mount bash -c 'load_read_only "$1"' - "$dir" >"$dir.log" 2>&1; then
    passed=$((passed + 1))
    echo "ok $((passed + failed)) - [I1] the programs load with tables that they can only read"
else
    failed=$((failed + 1))
    tail -n 20 "$dir.log" | sed 's/^/# /'
    echo "not ok $((passed + failed)) - [I1] the programs load with tables that they can only read"
fi
rm -rf "$dir" "$dir.log"
echo "1..$((passed + failed))"
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
