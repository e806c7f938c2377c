# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# vhost.bash: guests of vhost-user ports that are name spaces: tools/vhost_guest
# has the rings, and its tap is the name space's eth0. Sourced behind lib.sh.

vhost_socket() { # NAME
    echo "$XVS_TEST_DIR/$1.sock"
}

# The guest, which waits for the socket of its port; its process is called
# guest_NAME.
vhost_guest() { # NAME IP4/LEN [VHOST-GUEST-ARG...]
    local name=$1 mac
    n_guests=$((n_guests + 1))
    mac=$(printf '02:00:00:00:00:%02x' "$n_guests")
    say "[host] guest $name: eth0 $mac $2 (vhost-user)"
    guest_space "$name"
    bg "guest_$name" in_ns "$name" "$TOOLS/vhost_guest" "${@:3}" "$(vhost_socket "$name")" eth0
    wait_for 5 ip -n "$name" link show dev eth0
    ip -n "$name" link set lo up
    ip -n "$name" link set eth0 address "$mac" up
    ip -n "$name" addr add "$2" dev eth0
}

vhost_port() { # NAME [OPTION...]
    xvs port add sw0 "$1" type=vhost-user path="$(vhost_socket "$1")" "${@:2}"
    wait_for 10 port_is "$1" up || fail "$1 is up"
}

guest_stat() { # PORT FIELD, of what only a guest's port has
    port_stat "$1" "guest.$2"
}

# up0, a device with two queues, whose far end is 10.0.0.9 in the name space 'wire' and
# puts all that it sends into queue 1, as a NIC that steers would.
vhost_uplink() {
    guest_space wire
    ip link add up0 numrxqueues 2 numtxqueues 2 type veth \
        peer name eth0 numrxqueues 2 numtxqueues 2 address 02:00:00:00:00:99 netns wire
    ip -n wire link set eth0 up
    ip -n wire addr add 10.0.0.9/24 dev eth0
    # What it sends is finished, as frames on a wire are.
    g wire ethtool -K eth0 gro on tx off >/dev/null
    ip link set up0 up
    check "a far end that steers" vhost_steer 1
}

vhost_steer() { # QUEUE
    in_ns wire unshare -m bash -c "mount -t sysfs sysfs /sys
        for q in 0 1; do
            [ \$q = $1 ] && mask=$(printf %x $(((1 << $(nproc)) - 1))) || mask=0
            echo \$mask >/sys/class/net/eth0/queues/tx-\$q/xps_cpus
        done"
}
