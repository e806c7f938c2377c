# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# xsk.bash: consumers of xsk ports, and guests behind them: a name space whose eth0
# is a tap, the frames of which xsk_consumer carries to and from a port's sockets.

xsk_guest() { # NAME [IP4/LEN [USER]]
    n_guests=$((n_guests + 1))
    say "[host] guest $1: eth0 is a tap ${*:2}"
    guest_space "$1"
    in_ns "$1" ip tuntap add eth0 mode tap ${3:+user "$3"}
    in_ns "$1" ip link set eth0 address "$(printf '02:00:00:00:00:%02x' $n_guests)"
    in_ns "$1" ip link set eth0 up
    [ -z "${2:-}" ] || in_ns "$1" ip addr add "$2" dev eth0
}

bg_ready_or_ended() { # NAME
    bg_says "$1" ready || ! bg_alive "$1"
}

# In the name space vm3, with the sockets of port x0; when it is ready.
consumer() { # NAME XSK_CONSUMER-ARG...
    bg "$1" "$XVSCTL" port exec sw0 x0 -- nsenter --net=/run/netns/vm3 -- \
        "$TOOLS/xsk_consumer" "${@:2}"
    wait_for 10 bg_ready_or_ended "$1" || :
    if bg_says "$1" 'try again'; then
        consumer "$@"
    else
        bg_says "$1" ready || bg_out "$1" | quote
    fi
}

consumer_end() { # NAME
    bg_stop "$1"
    bg_out "$1" | tail -n 1 | quote
}

total_of() { # NAME WHAT: of what it said at its end
    bg_out "$1" | sed -n "s/.*\b$2=\([0-9]*\).*/\1/p" | tail -n 1
}

udp_to() { # FROM TO TO-IP: what of "hello" arrives
    bg udp in_ns "$2" timeout 5 python3 -c "if True:
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(('$3', 9))
        print('listens', flush=True)
        print(s.recv(99).decode(), flush=True)" >&2
    wait_for 5 bg_says udp listens
    in_ns "$1" bash -c "echo -n hello >/dev/udp/$3/9"
    bg_wait udp || :
    bg_out udp | tail -n 1
}

flood_udp() { # FROM N: so many broadcast frames
    in_ns "$1" python3 -c "if True:
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for i in range($2):
            s.sendto(b'x' * 100, ('10.0.0.255', 9))"
}

sent_to() { # PORT N: its counter has come to that
    [ "$(port_stat "$1" tx_packets)" -ge "$2" ]
}

daemon_gone() {
    ! daemon_alive
}
