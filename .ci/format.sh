#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# format.sh [check]: formats all C files as .clang-format says, or only tells
# which are not. vmlinux.h is generated and left alone.

set -eu -o pipefail

cd "$(dirname "$0")/.."
clang_format=${CLANG_FORMAT:-clang-format}
mapfile -t files < <(find bpf ctl include loader selftests tests \
    \( -name '*.c' -o -name '*.h' \) ! -name vmlinux.h | sort)
if [ "${1:-}" != check ]; then
    "$clang_format" -i "${files[@]}"
    exit
fi
bad=0
for file in "${files[@]}"; do
    if ! diff -u --label "$file" --label "$file (formatted)" "$file" \
        <("$clang_format" "$file"); then
        bad=$((bad + 1))
    fi
done
echo "$((${#files[@]} - bad)) passed, $bad failed, 0 skipped"
[ $bad = 0 ]
