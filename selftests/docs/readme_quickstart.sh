#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# readme_quickstart: the commands that README.md tells a newcomer to type,
# typed in its order, each has to succeed.
#
#   vm0 10.0.0.1 ── host ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
mapfile -t commands < <(sed -n '/^<!-- quickstart/,/^```$/p' "$TOP/README.md" | grep '^xvsctl ')
check_num "README.md has a quick start" ${#commands[@]} -ge 5
for command in "${commands[@]}"; do
    check "$(sed 's/ *#.*//' <<<"$command")" env PATH="$(dirname "$XVSCTL"):$PATH" bash -c "$command"
    case $command in
    'xvsctl attach'*) check "the guests reach each other" ping_ok vm0 10.0.0.2 ;;
    esac
done
check_not "after the last one no daemon runs" daemon_alive
for file in $(grep -oE '\]\((docs/[A-Za-z_]+\.md)\)' "$TOP/README.md" | tr -d '()]' | sort -u); do
    check "$file exists" test -s "$TOP/$file"
done
for target in $(grep -oE '^    make [a-z-]+' "$TOP/README.md" | awk '{ print $2 }'); do
    check "make $target is a target" grep -qhE "^$target:" "$TOP/Makefile" \
        "$TOP/selftests/selftests.mk" "$TOP/.ci/ci.mk"
done
finish
