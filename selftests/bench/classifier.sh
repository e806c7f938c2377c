#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# classifier.sh: our classifier and Open vSwitch's (ovs_build.sh), in turns, on
# rule sets like those of ClassBench and on the rules of ovstest's own
# benchmark; then what our optimisations do. No privileges, one thread, one CPU.
# Prints medians with minimum and maximum, and the goals beside them.
#
#   KINDS='acl fw ipc' SIZES='1000 10000 100000 500000'   the rule sets
#   ROUNDS=N        pairs of runs (default 5; 3 for more than 100,000 rules)
#   MEASURE=SECONDS for each figure of a run (default 0.1)
#   RULES_SEED=N    of the rule sets (default 1)

set -eu -o pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
B=$(realpath -m "${B:-$here/../../build}")
export B
work=$B/bench
ours=$B/selftests/bench_classifier
theirs=$B/selftests/bench_ovs_classifier
ovstest=$B/ovs/openvswitch/tests/ovstest
kinds=${KINDS:-acl fw ipc}
sizes=${SIZES:-1000 10000 100000 500000}
seconds=${MEASURE:-0.1}
seed=${RULES_SEED:-1}
lookups=2000000
one_cpu="taskset -c $(($(nproc) - 1))"
have_ovs='' missed=0

rounds_of() { # RULES
    if [ "$1" -gt 100000 ]; then
        echo $(((${ROUNDS:-5} + 1) * 3 / 5))
    else
        echo "${ROUNDS:-5}"
    fi
}

goal_of() { # RULES: ours / theirs, lookups a second with mask
    if [ "$1" -ge 100000 ]; then echo 4; else echo 2; fi
}

number() { # NAME FILE: what each line of it says after "NAME=", "0" for nothing
    sed -nE "s/.*(^| )$1=([0-9a-f.]+).*/\2/p" "$2"
}

middle() { # of the numbers on standard input: "median minimum maximum"
    sort -g | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)], v[1], v[NR] }'
}

million() { # of the numbers on standard input, the median
    middle | awk '{ printf "%.3f", $1 / 1e6 }'
}

# Ratios of pairs of runs, against a goal (0: none); counts those that miss it.
print_ratio() { # LABEL NAME OURS-FILE THEIRS-FILE GOAL
    local mid low high verdict=''
    printf '  %-26s %9s' "$1" "$(number "$2" "$3" | million)"
    if [ -n "$have_ovs" ]; then
        read -r mid low high < <(paste -d' ' <(number "$2" "$3") <(number "$2" "$4") |
            awk '$2 > 0 { print $1 / $2 }' | middle)
        if [ "$5" != 0 ]; then
            verdict="goal >= $5"
            if awk -v m="$mid" -v g="$5" 'BEGIN { exit !(m < g) }'; then
                verdict+=': MISSED'
                missed=$((missed + 1))
            fi
        fi
        printf ' %9s   %6.2f [%.2f..%.2f]  %s' "$(number "$2" "$4" | million)" \
            "$mid" "$low" "$high" "$verdict"
    fi
    echo
}

columns() { # TITLE
    if [ -n "$have_ovs" ]; then
        printf '%-28s %9s %9s   %s\n' "$1" 'xvs M/s' 'OVS M/s' 'ratio'
    else
        printf '%-28s %9s\n' "$1" 'xvs M/s'
    fi
}

of_all() { # NAME FILE: the first line that has it
    number "$1" "$2" | head -n 1
}

compare_set() { # KIND RULES
    local set=$work/$1.$2 a=$work/$1.$2.xvs b=$work/$1.$2.ovs closely=closely
    "$B/selftests/rulegen" -s "$seed" -o "$set" "$1" "$2"
    : >"$a"
    : >"$b"
    for _ in $(seq "$(rounds_of "$2")"); do
        # shellcheck disable=SC2086 # a command, and an option or none
        $one_cpu "$ours" "$set" "$seconds" $closely >>"$a"
        # shellcheck disable=SC2086
        [ -z "$have_ovs" ] || $one_cpu "$theirs" "$set" "$seconds" $closely >>"$b"
        closely=''
    done
    columns "$1, $2 rules"
    print_ratio 'plain, Zipf 0.99' zipf_plain "$a" "$b" 0
    print_ratio 'with mask, Zipf 0.99' zipf_mask "$a" "$b" "$(goal_of "$2")"
    print_ratio 'plain, uniform' uniform_plain "$a" "$b" 0
    print_ratio 'with mask, uniform' uniform_mask "$a" "$b" "$(goal_of "$2")"
    print_ratio 'updates' updates "$a" "$b" 0
    print_set "$a" "$b"
}

print_set() { # OURS-FILE THEIRS-FILE
    local verdict='same rules found'
    printf '  %s%% of the packets match; the caches of 65,536 flows, and bytes a rule:\n' \
        "$(of_all hits "$1")"
    print_memory xvs "$1"
    [ -n "$have_ovs" ] || return 0
    print_memory OVS "$2"
    if [ "$(of_all check "$1")" != "$(of_all check "$2")" ]; then
        verdict='DIFFERENT RULES FOUND'
        wrong=1
    fi
    echo "  $verdict"
}

print_memory() { # NAME FILE
    printf '  %s: %s megaflows of %s masks; %s in the classifier, %s the rule itself\n' "$1" \
        "$(of_all megaflows "$2")" "$(of_all masks "$2")" "$(of_all bytes "$2")" \
        "$(of_all rule_bytes "$2")"
}

# "rules=N plain=X mask=Y", as bench_classifier --shape prints it.
ovstest_shape() { # RULES
    $one_cpu "$ovstest" test-classifier benchmark "$1" 1000 10 1 $lookups | awk -v n="$1" '
        / lookups\/sec/ { rate[++i] = $5 }
        END { printf "rules=%d plain=%d mask=%d\n", n, rate[1], rate[2] }'
}

compare_shape() { # RULES
    local a=$work/shape.$1.xvs b=$work/shape.$1.ovs
    : >"$a"
    : >"$b"
    for _ in $(seq "$(rounds_of "$1")"); do
        $one_cpu "$ours" --shape "$1" $lookups >>"$a"
        [ -z "$have_ovs" ] || ovstest_shape "$1" >>"$b"
    done
    columns "ovstest's own, $1 rules"
    print_ratio 'plain' plain "$a" "$b" 0
    print_ratio 'with mask' mask "$a" "$b" "$(goal_of "$1")"
}

for program in "$ours" "$B/selftests/rulegen"; do
    [ -x "$program" ] || { echo "classifier: $program is missing: make bench-classifier" >&2; exit 1; }
done
mkdir -p "$work"
wrong=0
"$ours" --circumstances
if "$here/ovs_build.sh"; then
    have_ovs=yes
else
    echo "# Open vSwitch is not there to compare with (see above): our figures alone"
fi
for size in $sizes; do
    for kind in $kinds; do
        compare_set "$kind" "$size"
    done
done
for size in $sizes; do
    compare_shape "$size"
done
for size in $sizes; do
    case $size in 10000 | 100000) ;; *) continue ;; esac
    for kind in $kinds; do
        echo "$kind, $size rules: xvs, uniform packets, steps of a flow's first lookup"
        $one_cpu "$ours" --ablation "$work/$kind.$size" "$seconds"
    done
done
[ -z "$have_ovs" ] || echo "goals missed: $missed"
exit $wrong
