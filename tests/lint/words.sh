#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# words.sh: the words of words.deny stand nowhere in the tree.

cd "$(dirname "$0")/../.." || exit 1
found=0
while IFS=$'\t' read -r pattern instead; do
    case $pattern in '' | '#'*) [ "${pattern:0:4}" = '^#if' ] || continue ;; esac
    if grep -rnEI --exclude-dir=.git --exclude-dir=build --exclude=words.deny \
        --exclude=vmlinux.h --exclude-dir=corpus -e "$pattern" .; then
        echo "  -> $instead"
        found=$((found + 1))
    fi
done <tests/lint/words.deny
echo "words: $found findings"
[ $found = 0 ]
