#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# vms_md: the examples of docs/VMS.md, typed as they stand: each guest is reached
# by another one. Of QEMU's command the network's part is taken as it stands; CPU,
# memory and disk are this test's (common/qemu.bash). The XML is well-formed.
#
#   peer 10.0.0.9 (a name space) ── sw0 ── vm0 10.0.0.1 (QEMU)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/qemu.bash"

page=$TOP/docs/VMS.md

# The commands of an example, a line each.
example() { # NAME
    awk -v begin="^<!-- example $1:" '$0 ~ begin { on = 1; next }
        on && /^```$/ { exit } on && !/^```/' "$page" |
        sed -e ':a' -e '/\\$/N; s/\\\n *//; ta'
}

# QEMU's options about the network, of one command line.
network_options() { # WORD...
    options=() cpus=1
    while [ $# -gt 0 ]; do
        case $1 in
        -netdev | -chardev) options+=("$1" "$2") ;;
        -device) options+=("$1" "$(adapted "$2")") ;;
        -smp) cpus=$2 ;;
        esac
        shift
    done
}

# No boot ROM is installed; with MSI-X this QEMU crashes when it emulates.
adapted() { # DEVICE
    local device=$1
    case $name in
    vhost*) device=${device%,vectors=*},vectors=0 ;;
    esac
    echo "$device,romfile="
}

port_up() { [ "$(port_stat vm0 state)" = up ]; }

run_example() { # NAME
    local line name=$1 words
    while read -r line; do
        line=${line//\/run\/xvs/$XVS_TEST_DIR}
        case $line in
        qemu-system-x86_64*)
            # shellcheck disable=SC2206 # words, as a shell would see them
            words=($line)
            network_options "${words[@]}"
            guest_boot vm0 10.0.0.1/24 "$cpus" "${options[@]}"
            check "$name: the guest starts" guest_ready vm0
            ;;
        *) check "$name: $line" env PATH="$(dirname "$XVSCTL"):$PATH" bash -c "$line" ;;
        esac
    done < <(example "$name")
    check "$name: the port is up" wait_for 10 port_up
    check "$name: the guest is reached" wait_for 10 ping_ok peer 10.0.0.1
    [ "$cpus" = 1 ] || check_match "$name: it uses $cpus queues" \
        "$(guest_run vm0 ethtool -l eth0 | tail -n 1)" "Combined:[[:space:]]*$cpus"
    guest_stop vm0
    xvs port del sw0 vm0
    [ ! -e /sys/class/net/vm0 ] || h ip link del vm0
    rm -f "$XVS_TEST_DIR/vm0.sock"
}

guest_need
guest peer 10.0.0.9/24
"$XVSD" --daemon
xvs switch add sw0
xvs port add sw0 peer
mapfile -t names < <(sed -nE 's/^<!-- example ([a-z-]+):.*/\1/p' "$page")
check_num "VMS.md has examples" ${#names[@]} -ge 5
for name in "${names[@]}"; do
    run_example "$name"
done
check "the XML is well-formed" python3 - "$page" <<'PY'
import re, sys
import xml.etree.ElementTree as tree
blocks = re.findall(r"```xml\n(.*?)```", open(sys.argv[1]).read(), re.S)
assert len(blocks) >= 3
for block in blocks:
    tree.fromstring(block)
PY
finish
