# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# transfer.bash: TCP whose every byte is looked at, for scripts that ask whether
# it works and not how fast.

transfer() { # FROM TO TO-IP: 20 MB from one guest to another
    local n=20000000
    bg sink in_ns "$2" python3 "$LIB_DIR/tools/tcp_bytes.py" recv "$3" 7000
    wait_for 5 bg_says sink ready
    check "$1 to $2: TCP" timeout 20 nsenter --net="/run/netns/$1" -- \
        python3 "$LIB_DIR/tools/tcp_bytes.py" send "$3" 7000 $n
    # It has ended, unless nobody came.
    bg_stop sink
    check_eq "$1 to $2: every byte arrived" "$(bg_out sink | tail -n 1)" $n
}
