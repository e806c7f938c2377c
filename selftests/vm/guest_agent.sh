#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# guest_agent.sh: what a guest of selftests/guests does: gives eth0 the address
# of the kernel's command line (xvs.ip=ADDRESS/LENGTH), starts iperf3 servers on
# ports 5201 to 5204, and runs what it is told over its virtio-serial ports, one
# command at a time on each ("lane"):
#
#   to the guest    ID LIMIT-SECONDS SHELL-COMMAND \n
#   from the guest  ID EXIT-STATUS LENGTH \n, and LENGTH bytes of output
#
# The other end is tools/guest_run.py.

# A pause without a process: nothing is ever written to it.
mkfifo /tmp/silent
exec 9<>/tmp/silent

serve() { # LANE-DEVICE
    local lane id limit command status
    # It stays open: closing it would throw away what the host has written.
    exec {lane}<>"$1"
    while :; do
        # It reads as ended while nobody is connected.
        if ! read -r -u "$lane" id limit command || [ -z "$command" ]; then
            read -r -t 0.05 -u 9
            continue
        fi
        timeout "$limit" bash -c "$command" >"/tmp/$id" 2>&1 </dev/null
        status=$?
        { echo "$id $status $(stat -c %s "/tmp/$id")"; cat "/tmp/$id"; } >&"$lane"
        rm -f "/tmp/$id"
    done
}

address=$(sed -nE 's/.*xvs\.ip=([^ ]+).*/\1/p' /proc/cmdline)
echo reno >/proc/sys/net/ipv4/tcp_congestion_control
echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
ip link set eth0 up
ip addr add "$address" dev eth0
for port in 5201 5202 5203 5204; do
    iperf3 -s -D -p $port
done
for lane in /dev/vport*; do
    serve "$lane" &
done
wait
