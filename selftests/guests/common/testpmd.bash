# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# testpmd.bash: DPDK's testpmd as a guest: a driver of virtio-net, in user space,
# that starts in a second and counts what it sends and receives. Sourced behind
# lib.sh.
#
#   pmd_need                        ends the script as skipped where it is not installed
#   pmd_start NAME CPU ARG...       EAL arguments, "--", its own arguments
#   pmd_virtio PATH INDEX [OPT...]  the EAL argument for a guest on that vhost-user socket
#   pmd NAME COMMAND...             types a command
#   pmd_stat NAME PORT FIELD        RX-packets, TX-packets, ... since the start
#   pmd_quit NAME
#
#   PMD_GUEST=GUEST   the name space that it runs in, for devices other than virtio-user
#
# It needs no huge pages, and leaves no file: its run directory is the script's.

PATH=$PATH:/usr/sbin:/sbin

pmd_need() {
    command -v dpdk-testpmd >/dev/null && return
    skip "$SELF" "dpdk-testpmd is not installed: make deps"
    finish
    exit
}

pmd_virtio() { # PATH INDEX [OPTION...]
    local IFS=,
    echo "--vdev=net_virtio_user$2,path=$1,${*:3}"
}

# Two lcores are the least that it takes; the main one only reads commands. Lines
# come as they are written: answers are waited for.
pmd_start() { # NAME CPU ARG...
    local name=$1 cpu=$2 in=$XVS_TEST_DIR/pmd.$1.in
    shift 2
    mkdir -p "$XVS_TEST_DIR/dpdk"
    [ -p "$in" ] || mkfifo "$in"
    # shellcheck disable=SC2016 # expanded by the shell that is started
    RUNTIME_DIRECTORY=$XVS_TEST_DIR/dpdk bg "pmd.$name" bash -c 'exec "$@" <>"$0"' "$in" \
        ${PMD_GUEST:+nsenter "--net=/run/netns/$PMD_GUEST"} stdbuf -oL dpdk-testpmd --no-pci --no-telemetry "--file-prefix=$name" \
        "--lcores=0@$cpu,1@$cpu" "$@"
    # The prompt is no whole line; this is what an unknown command gets.
    pmd "$name" "show port info 0"
    wait_for 20 bg_says "pmd.$name" 'Infos for port 0' || {
        say "testpmd does not start"
        bg_out "pmd.$name" | tail -n 20 | quote
        return 1
    }
}

pmd() { # NAME COMMAND...
    echo "${*:2}" >"$XVS_TEST_DIR/pmd.$1.in"
}

# The statistics of PORT, whole, that came after the first BYTES of output.
pmd_stat_text() { # NAME PORT BYTES
    tail -c "+$(($3 + 1))" "$XVS_TEST_DIR/pmd.$1.out" |
        awk -v port="$2" '/NIC statistics for port/ { on = ($6 == port) }
            on && /packets|RX-missed|errors|nombuf/
            on && /^ *#+$/ { done = 1 }
            END { exit !done }'
}

pmd_stat() { # NAME PORT FIELD
    local at
    at=$(stat -c %s "$XVS_TEST_DIR/pmd.$1.out")
    pmd "$1" "show port stats $2"
    wait_for 10 pmd_stat_text "$1" "$2" "$at"
    pmd_stat_text "$1" "$2" "$at" | grep -oE "$3: +[0-9]+" | awk '{ print $2 }'
}

pmd_quit() { # NAME
    pmd "$1" quit
    bg_wait "pmd.$1" || :
}
