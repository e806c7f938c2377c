#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# man_examples: the commands in the EXAMPLES of xvsctl(8), typed in their order,
# then all examples of xvs-flows(7): commands are typed, flows are added.
# "(exit N)" at the end of a line is the exit status that the page promises.
#
#   eth1, vm0, vm1 ── host: the devices that the examples name

. "$(dirname "$0")/../lib.sh"

check_command() { # COMMAND, with what the page says of its status
    local want command
    want=$(sed -nE 's/.*\(exit ([0-9])\).*/\1/p' <<<"$1")
    command=$(sed -E 's/ +\(exit [0-9]\).*//' <<<"$1")
    check_exit "$command" "${want:-0}" env PATH="$(dirname "$XVSCTL"):$PATH" bash -c "$command"
}

literal_blocks() { # PAGE: their lines
    awk '/^    / && (on || begins) { on = 1; print substr($0, 5) }
         /^[^ ]/ { on = 0 }
         /./ { begins = /::$/ && !/^\.\./ }' "$1"
}

for page in xvsctl.8 xvs-flows.7; do
    if [ ! -e "$TOP/docs/man/$page.rst" ]; then
        fail "the manual page $page has its source"
        finish
        exit
    fi
done
guest eth1 10.0.0.9/24
guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
cd "$XVS_TEST_DIR" || exit

mapfile -t commands < <(awk '/^EXAMPLES$/ { on = 1; next } /^[A-Z][A-Z ]+$/ { on = 0 } on' \
    "$TOP/docs/man/xvsctl.8.rst" | sed -n 's/^ *\(xvsctl .*\)/\1/p')
check_num "xvsctl(8) has examples" ${#commands[@]} -ge 5
echo 'priority=0,actions=normal' >rules.txt
for command in "${commands[@]}"; do
    check_command "$command"
done

mapfile -t lines < <(literal_blocks "$TOP/docs/man/xvs-flows.7.rst")
check_num "xvs-flows(7) has examples" ${#lines[@]} -ge 25
check "attach what they name" xvs attach eth1 vm0 vm1
for line in "${lines[@]}"; do
    case $line in
    'xvsctl '*) check_command "$line" ;;
    *) check "flow add sw0 '$line'" xvs flow add sw0 "$line" ;;
    esac
done
"$XVSCTL" flow show sw0 >shown.txt
check "what flow show prints is read" xvs flow replace sw0 shown.txt
check "and makes the same rules" diff shown.txt <("$XVSCTL" flow show sw0)
finish
