# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# Stateful rules, and the real programs whose connections go through them: servers
# that say who asked, clients with a deadline, a second host. Sourced behind lib.sh.

ct_need() { # PROGRAM...: else the script ends as a skip
    local program
    for program; do
        case $program in
        pyftpdlib) /usr/bin/python3 -c 'import pyftpdlib' 2>/dev/null && continue ;;
        *) PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null && continue ;;
        esac
        skip "$SELF" "$program is not installed: .ci/deps.sh test"
        finish
        exit
    done
}

# Guests whose frames can be redirected natively, and have their checksums.
ct_guest() { # NAME [IP4/LEN] [IP6/LEN]
    guest "$@"
    in_ns "$1" ethtool -K eth0 tx off gro on >/dev/null
}

ct_hook() { # HOOK PORT...
    local port
    for port in "${@:2}"; do
        xvs -q port set sw0 "$port" "hook=$1"
        check_eq "hook of $port" "$(port_stat "$port" hook)" "$1"
    done
}

# Neighbours are found as without rules.
RULES_NEIGHBOURS='table=0,priority=100,arp,actions=normal
table=0,priority=100,icmp6,icmp_type=135,actions=normal
table=0,priority=100,icmp6,icmp_type=136,actions=normal'

# What one port begins is allowed with all that belongs to it, nothing else is.
rules_outbound() { # PORT [CT-COMMIT-ARGUMENTS]
    local family
    echo "$RULES_NEIGHBOURS"
    for family in ip ipv6; do
        echo "table=0,priority=10,$family,actions=ct(table=1)"
        echo "table=1,priority=40,$family,ct_state=+inv+trk,actions=drop"
        echo "table=1,priority=30,$family,ct_state=+est+trk,actions=normal"
        echo "table=1,priority=30,$family,ct_state=-new+rel+trk,actions=normal"
        echo "table=1,priority=20,$family,ct_state=+new+trk,in_port=$1,actions=ct(commit${2:+,$2}),normal"
    done
    echo 'table=1,priority=0,actions=drop'
}

rules_set() { # the rules are standard input
    cat >"$XVS_TEST_DIR/rules"
    xvs flow replace sw0 "$XVS_TEST_DIR/rules"
}

# ---------------------------------------------------------------- programs

# A server of HTTP, whose output has a line with the client's address for each
# request. The name of its output: http-GUEST-PORT.
http_serve() { # GUEST PORT
    local dir=$XVS_TEST_DIR/www
    mkdir -p "$dir"
    [ -e "$dir/big" ] || head -c 3000000 /dev/urandom >"$dir/big"
    echo "hello" >"$dir/hello"
    bg "http-$1-$2" in_ns "$1" python3 -u -m http.server --bind :: --directory "$dir" "$2"
    wait_for 10 listening "$1" "$2"
}

http_get() { # GUEST URL-OF-HOST [CURL-ARG...]: hello is there, and 3 MB are right
    [ "$(in_ns "$1" curl -gsS -m 5 "${@:3}" "http://$2/hello")" = hello ] &&
        in_ns "$1" curl -gsS -m 20 "${@:3}" "http://$2/big" | cmp - "$XVS_TEST_DIR/www/big"
}

tcp_opens() { # GUEST ADDRESS PORT: within a second
    in_ns "$1" nc.openbsd -n -z -w 1 "$2" "$3"
}

# The ICMP error about a datagram reaches the socket that sent it.
udp_is_refused() { # GUEST ADDRESS PORT
    in_ns "$1" python3 - "$2" "$3" <<'PY'
import socket
import sys

address = socket.getaddrinfo(sys.argv[1], int(sys.argv[2]), type=socket.SOCK_DGRAM)[0]
s = socket.socket(address[0], socket.SOCK_DGRAM)
s.settimeout(1)
s.connect(address[4])
try:
    s.send(b"anybody there")
    s.recv(1)
except ConnectionRefusedError:
    sys.exit(0)
except TimeoutError:
    sys.exit("no answer and no error")
PY
}

# ---------------------------------------------------------------- connections

ct_count() { # JQ-FILTER: connections of which that holds
    json_get "[.[] | select($1)] | length" ct show sw0
}

ct_stat() { # JQ-PATH below ct stats
    json_get "$1" ct stats sw0
}

# ---------------------------------------------------------------- another host

# A host is a name space with a daemon of its own; on_host HOST CMD... is there, with
# what belongs to that name space under /sys.
host_add() { # HOST
    guest_space "$1"
    mkdir -p "$XVS_TEST_DIR/$1.run" "$XVS_TEST_DIR/$1.bpf"
    mount -t bpf bpf "$XVS_TEST_DIR/$1.bpf"
    ip -n "$1" link set lo up
}

on_host() { # HOST CMD...
    # shellcheck disable=SC2016 # the inner shell's
    in_ns "$1" env XVS_RUNDIR="$XVS_TEST_DIR/$1.run" XVS_BPFFS="$XVS_TEST_DIR/$1.bpf" \
        unshare --mount bash -c 'mount -t sysfs sysfs /sys && exec "$@"' bash "${@:2}"
}

# A guest whose device is on that host.
guest_on() { # HOST NAME [IP4/LEN] [IP6/LEN]
    n_guests=$((n_guests + 1))
    say "[$1] guest $2: ${*:3}"
    guest_space "$2" "${4:-}"
    ip link add "$2" netns "$1" type veth peer name eth0 \
        address "$(printf '02:00:00:00:00:%02x' "$n_guests")" netns "$2"
    ip -n "$1" link set "$2" up
    ip -n "$2" link set lo up
    ip -n "$2" link set eth0 up
    [ -z "${3:-}" ] || ip -n "$2" addr add "$3" dev eth0
    [ -z "${4:-}" ] || ip -n "$2" addr add "$4" dev eth0 nodad
    in_ns "$2" ethtool -K eth0 tx off gro on >/dev/null
}
