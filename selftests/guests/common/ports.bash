# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# ports.bash: guests of every kind on ports of sw0, behind the same few functions.
# Sourced behind lib.sh and qemu.bash.
#
#   vm_define NAME KIND ADDRESS [QUEUES]    what it shall be
#   vm_up NAME...                           device, guest and port; waits for them
#   vm_back NAME                            the guest alone, after vm_gone
#   vm_gone NAME                            the guest ends as in a crash
#   vm NAME CMD...                          a command in the guest
#
# Kinds:
#   tap        QEMU on a tap device that was there before and stays
#   tap-own    QEMU on a tap device that it makes, and that ends with it
#   vhost      QEMU on a vhost-user port: xvs listens
#   vhost-client  the same, and QEMU listens
#   veth       a name space

declare -A vm_kind=() vm_address=() vm_queues=()
vm_names=()

vm_define() { # NAME KIND ADDRESS/LENGTH [QUEUES]
    vm_names+=("$1")
    vm_kind[$1]=$2 vm_address[$1]=$3 vm_queues[$1]=${4:-1}
}

vm() { # NAME CMD...
    case ${vm_kind[$1]} in
    veth) in_ns "$@" ;;
    *) guest_run "$@" ;;
    esac
}

vm_mac() { # NAME
    printf '02:00:00:00:01:%02x' $(($(sed 's/[^0-9]//g' <<<"$1") + 1))
}

vm_ip() { # NAME
    echo "${vm_address[$1]%/*}"
}

vm_socket() { # NAME: of a vhost-user port
    echo "$XVS_TEST_DIR/$1.sock"
}

# Four iperf3 servers, as every QEMU guest has.
vm_veth_up() { # NAME
    local port
    guest "$1" "${vm_address[$1]}"
    for port in 5201 5202 5203 5204; do
        bg "iperf.$1.$port" in_ns "$1" iperf3 -s -p $port
    done
}

# What has to be there before QEMU starts.
vm_device() { # NAME
    local multi=
    case ${vm_kind[$1]} in
    tap)
        [ "${vm_queues[$1]}" = 1 ] || multi=multi_queue
        # shellcheck disable=SC2086 # no word, or one
        h ip tuntap add dev "$1" mode tap vnet_hdr $multi
        h ip link set "$1" up
        ;;
    tap-own) # QEMU runs it with the name of the device that it has made
        printf '#!/bin/sh\nip link set "$1" up\n' >"$XVS_TEST_DIR/ifup"
        chmod 755 "$XVS_TEST_DIR/ifup"
        ;;
    esac
}

# Debian's QEMU 7.2 crashes with MSI-X on vhost-user when it emulates the CPU:
# no vectors there.
vm_start() { # NAME
    local name=$1 queues=${vm_queues[$1]} script=no net device socket args=()
    device=virtio-net-pci,netdev=n0,romfile=,rx_queue_size=1024,mac=$(vm_mac "$1")
    [ "$queues" = 1 ] || device+=,mq=on
    socket=socket,id=c0,path=$(vm_socket "$name")
    case ${vm_kind[$name]} in
    tap-own) script=$XVS_TEST_DIR/ifup ;;
    vhost) socket+=,reconnect=1 ;;
    vhost-client) socket+=,server=on ;;
    esac
    case ${vm_kind[$name]} in
    tap*)
        net=tap,id=n0,ifname=$name,script=$script,downscript=no,vhost=off
        [ "$queues" = 1 ] || device+=,vectors=$((2 * queues + 2))
        ;;
    vhost*)
        net=vhost-user,id=n0,chardev=c0,queues=$queues
        args=(-chardev "$socket")
        device+=,vectors=0
        ;;
    esac
    [ "$queues" = 1 ] || [ "${net%%,*}" = vhost-user ] || net+=,queues=$queues
    guest_boot "$name" "${vm_address[$name]}" "$queues" "${args[@]}" -netdev "$net" \
        -device "$device"
}

vm_port() { # NAME: the port of sw0
    local name=$1 args=()
    case ${vm_kind[$name]} in
    vhost*)
        args=(type=vhost-user "path=$(vm_socket "$name")" "queues=${vm_queues[$name]}")
        [ "${vm_kind[$name]}" = vhost ] || args+=(client=on)
        ;;
    tap-own) wait_for 30 test -e "/sys/class/net/$name" ;;
    esac
    xvs port add sw0 "$name" "${args[@]}"
}

# A vhost-user port is there before its guest, a device before its port.
vm_up() { # NAME...
    local name
    for name; do
        case ${vm_kind[$name]} in
        veth) vm_veth_up "$name" && vm_port "$name" ;;
        vhost*) vm_port "$name" && vm_start "$name" ;;
        *) vm_device "$name" && vm_start "$name" && vm_port "$name" ;;
        esac
    done
    vm_wait "$@"
}

vm_wait() { # NAME...: the guests answer, and their ports are up
    local name
    for name; do
        [ "${vm_kind[$name]}" = veth ] || guest_ready "$name"
        wait_for 10 port_is "$name" up || {
            xvs port show sw0
            return 1
        }
    done
}

vm_gone() { # NAME
    case ${vm_kind[$1]} in
    veth) in_ns "$1" ip link set eth0 down ;;
    *) guest_stop "$1" ;;
    esac
}

# The state of a port whose guest has gone.
vm_gone_state() { # NAME
    case ${vm_kind[$1]} in
    tap-own) echo missing ;;
    *) echo no-carrier ;;
    esac
}

vm_back() { # NAME
    case ${vm_kind[$1]} in
    veth) in_ns "$1" ip link set eth0 up ;;
    *) vm_start "$1" && guest_ready "$1" ;;
    esac
}
