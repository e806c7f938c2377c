#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# shell.sh: shellcheck over all scripts (77, a skip, where it is not installed).

cd "$(dirname "$0")/../.." || exit 1
if ! command -v shellcheck >/dev/null; then
    echo "shellcheck is not installed: make deps"
    exit 77
fi
mapfile -t files < <(grep -rlE '^(#!/bin/(ba)?sh|# shellcheck shell=)' --exclude-dir=.git \
    --exclude-dir=build . | sort)
# SC1010: "-M do" is an option here. SC1090, SC1091: sourced files are checked
# themselves. SC2034, SC2154: lib.sh and the scripts set what the other reads.
if ! shellcheck -S warning -e SC1010,SC2034,SC1090,SC1091,SC2154 "${files[@]}"; then
    exit 1
fi
echo "shell: ${#files[@]} files, 0 findings"
