#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# man_examples: the commands in the EXAMPLES of xvsctl(8), typed in their order.
# "(exit N)" at the end of a line is the exit status that the page promises.
#
#   eth1, vm0, vm1 ── host: the devices that the examples name

. "$(dirname "$0")/../lib.sh"

page=$TOP/docs/man/xvsctl.8.rst
if [ ! -e "$page" ]; then
    fail "the manual page has its source"
    finish
    exit
fi
guest eth1 10.0.0.9/24
guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
cd "$XVS_TEST_DIR" || exit
mapfile -t commands < <(awk '/^EXAMPLES$/ { on = 1; next } /^[A-Z][A-Z ]+$/ { on = 0 } on' \
    "$page" | sed -n 's/^ *\(xvsctl .*\)/\1/p')
check_num "the page has examples" ${#commands[@]} -ge 5
echo 'priority=0,actions=normal' >rules.txt
for command in "${commands[@]}"; do
    want=$(sed -nE 's/.*\(exit ([0-9])\).*/\1/p' <<<"$command")
    command=$(sed -E 's/ +\(exit [0-9]\).*//' <<<"$command")
    check_exit "$command" "${want:-0}" env PATH="$(dirname "$XVSCTL"):$PATH" bash -c "$command"
done
finish
