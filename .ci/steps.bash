# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# steps.bash: runs the steps of a test run one after the other, tells how long
# each took, and adds up the "N passed, N failed, N skipped" lines that they
# end with. A step without such a line counts as one. Sourced by .ci/run and
# .ci/test.

steps_start=$SECONDS
total_passed=0 total_failed=0 total_skipped=0
failed_steps=''
steps_dir=${STEPS_DIR:-build/steps}
mkdir -p "$steps_dir"

elapsed() {
    printf '%02d:%02d' $(((SECONDS - steps_start) / 60)) $(((SECONDS - steps_start) % 60))
}

step() { # NAME CMD...
    local name=$1 log=$steps_dir/$1.log status=0 began=$SECONDS p=0 f=0 s=0 line
    shift
    echo "[$(elapsed)] $name: $*"
    # Steps of a step (lines with a time) are shown as they come.
    {
        "$@" </dev/null 2>&1 && echo 0 >"$log.status" || echo $? >"$log.status"
    } | tee "$log" | { grep --line-buffered -E '^\[[0-9:]+\]' || :; } | sed -u 's/^/    /'
    status=$(cat "$log.status")
    # Every suite of the step ends with such a line.
    while read -r line; do
        p=$((p + $(sed -nE 's/^([0-9]+) passed.*/\1/p' <<<"$line")))
        f=$((f + $(sed -nE 's/.*[ ,]([0-9]+) failed.*/\1/p' <<<"$line")))
        s=$((s + $(sed -nE 's/.* ([0-9]+) skipped.*/\1/p;t;s/.*/0/p' <<<"$line")))
    done < <(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log")
    if [ $((p + f + s)) = 0 ]; then
        [ $status = 0 ] && p=1
    fi
    if [ $status != 0 ] && [ $f = 0 ]; then
        f=1
    fi
    total_passed=$((total_passed + p))
    total_failed=$((total_failed + f))
    total_skipped=$((total_skipped + s))
    if [ $f != 0 ]; then
        failed_steps+=" $name"
        echo "[$(elapsed)] $name: FAILED (status $status, log $log)"
        tail -n "${STEP_TAIL:-150}" "$log" | sed 's/^/    /'
    else
        grep -E '# SKIP' "$log" | sed 's/^/    /' || :
    fi
    echo "[$(elapsed)] $name: $p passed, $f failed, $s skipped in $((SECONDS - began)) s"
}

steps_end() {
    [ -z "$failed_steps" ] || echo "failed:$failed_steps"
    echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
    [ $total_failed = 0 ] && [ $total_passed != 0 ]
}
