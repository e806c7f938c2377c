#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# run.sh: all checks of the source text, one TAP line each. Exit status 77 of a
# check is a skip.

cd "$(dirname "$0")" || exit 1
passed=0 failed=0 skipped=0 n=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for check in includes sizes words spdx headers shell; do
    n=$((n + 1))
    bash ./$check.sh >"$out" 2>&1
    case $? in
    0)
        passed=$((passed + 1))
        echo "ok $n - $(tail -n 1 "$out")"
        ;;
    77)
        skipped=$((skipped + 1))
        echo "ok $n - $check # SKIP $(tail -n 1 "$out")"
        ;;
    *)
        failed=$((failed + 1))
        sed 's/^/# /' "$out"
        echo "not ok $n - $check"
        ;;
    esac
done
echo "1..$n"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
