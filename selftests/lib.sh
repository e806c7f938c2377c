# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# lib.sh: what the name space scripts share: a host of their own, guests,
# waits with a deadline, TAP. Sourced first; the script is then started again
# inside new network, mount and process name spaces ("the host"), so that no
# device, mount or process outlives it, however it ends.
#
#   XVSD, XVSCTL   the programs under test (default: those of $B)
#   B              the build directory (default: build)
#   VERBOSE=1      print what the daemon logged even when all went well

set -eu -o pipefail

LIB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$LIB_DIR/.." && pwd)
B=$(realpath -m "${B:-$TOP/build}")
XVSCTL=${XVSCTL:-$B/xvsctl}
XVSD=${XVSD:-$(dirname "$XVSCTL")/xvsd}
TOOLS=${TOOLS:-$B/selftests/tools}
# shellcheck disable=SC2034 # the scripts use it
FRAMES="python3 $LIB_DIR/tools/frames.py"
SELF=$(basename "$0" .sh)
export B XVSCTL XVSD TOOLS

# ---------------------------------------------------------------- isolation

if [ -z "${XVS_TEST_DIR:-}" ]; then
    if [ "$(id -u)" != 0 ]; then
        echo "ok 1 - $SELF # SKIP needs root: it makes network name spaces"
        echo "1..1"
        exit 0
    fi
    for program in "$XVSCTL" "$XVSD" "$TOOLS/udp_flow"; do
        [ -x "$program" ] || { echo "Bail out! $program is missing: run make"; exit 1; }
    done
    XVS_TEST_DIR=$(mktemp -d "${TMPDIR:-/tmp}/xvs-test.XXXXXX")
    # The network outside, by a descriptor: packages come from there.
    exec {outer_net}</proc/self/ns/net
    export XVS_TEST_DIR XVS_OUTER_NET=/proc/self/fd/$outer_net
    trap 'rm -rf "$XVS_TEST_DIR"' EXIT
    trap 'exit 143' TERM INT
    status=0
    unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private \
        -- bash "$0" "$@" || status=$?
    exit "$status"
fi

export LC_ALL=C XVS_RUNDIR=$XVS_TEST_DIR/run XVS_BPFFS=$XVS_TEST_DIR/bpf
# A sanitized daemon writes its findings here; finish() fails on any.
export ASAN_OPTIONS="log_path=$XVS_TEST_DIR/sanitizer:detect_leaks=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="log_path=$XVS_TEST_DIR/sanitizer:print_stacktrace=1:${UBSAN_OPTIONS:-}"
export LSAN_OPTIONS="log_path=$XVS_TEST_DIR/sanitizer:${LSAN_OPTIONS:-}"

out='' err=''
n_tests=0 n_failed=0 n_guests=0 finished=''
declare -A bg_pid=()

# ---------------------------------------------------------------- TAP

say() { # a line of explanation
    printf '# %s\n' "$*"
}

# Frames, dumps and errors go behind a "#" so that TAP readers skip them.
quote() {
    sed 's/^/#   /'
}

pass() {
    n_tests=$((n_tests + 1))
    echo "ok $n_tests - $*"
}

fail() {
    n_tests=$((n_tests + 1))
    n_failed=$((n_failed + 1))
    echo "not ok $n_tests - $*"
}

skip() { # DESCRIPTION REASON: counted, and explained
    n_tests=$((n_tests + 1))
    echo "ok $n_tests - $1 # SKIP $2"
}

check() { # DESCRIPTION CMD...: passes when CMD succeeds; its output is shown when not
    local desc=$1
    shift
    if "$@" >"$XVS_TEST_DIR/check.out" 2>&1; then
        pass "$desc"
    else
        fail "$desc"
        say "failed: $*"
        tail -n 30 "$XVS_TEST_DIR/check.out" | quote
    fi
}

check_not() { # DESCRIPTION CMD...: passes when CMD fails
    local desc=$1
    shift
    if "$@" >"$XVS_TEST_DIR/check.out" 2>&1; then
        fail "$desc"
        say "succeeded: $*"
        tail -n 30 "$XVS_TEST_DIR/check.out" | quote
    else
        pass "$desc"
    fi
}

check_num() { # DESCRIPTION A OP B, OP as in test(1): -eq -le -ge ...
    if test "$2" "$3" "$4" 2>/dev/null; then
        pass "$1 ($2)"
    else
        fail "$1: got $2, want $3 $4"
    fi
}

check_eq() { # DESCRIPTION GOT WANT
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        fail "$1"
        printf 'got:\n%s\nwant:\n%s\n' "$2" "$3" | quote
    fi
}

check_match() { # DESCRIPTION TEXT ERE
    if grep -qE -- "$3" <<<"$2"; then
        pass "$1"
    else
        fail "$1"
        printf 'no match of: %s\nin: %s\n' "$3" "$2" | quote
    fi
}

check_exit() { # DESCRIPTION STATUS CMD...; standard output and error in $out, $err
    local desc=$1 want=$2 got=0
    shift 2
    "$@" >"$XVS_TEST_DIR/exit.out" 2>"$XVS_TEST_DIR/exit.err" || got=$?
    out=$(cat "$XVS_TEST_DIR/exit.out")
    err=$(cat "$XVS_TEST_DIR/exit.err")
    if [ "$got" = "$want" ]; then
        pass "$desc"
    else
        fail "$desc: exit status $got, want $want"
        printf '%s\n%s\n' "$out" "$err" | quote
    fi
}

# ---------------------------------------------------------------- time

now_ms() {
    local t=${EPOCHREALTIME/./}
    echo "${t%???}"
}

# Polls; returns as soon as CMD succeeds, fails after the deadline.
wait_for() { # SECONDS CMD...
    local deadline
    deadline=$(($(now_ms) + $1 * 1000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(now_ms)" -lt "$deadline" ] || return 1
        sleep 0.02
    done
}

# ---------------------------------------------------------------- commands

h() { # CMD...: on the host, shown
    say "[host] $*"
    "$@"
}

g() { # GUEST CMD...: in a guest, shown
    say "[$1] ${*:2}"
    in_ns "$@"
}

in_ns() { # GUEST CMD...
    nsenter --net="/run/netns/$1" -- "${@:2}"
}

xvs() { # ARG...: xvsctl, shown
    say "[host] xvsctl $*"
    "$XVSCTL" "$@"
}

xvs_json() {
    "$XVSCTL" -j "$@"
}

json_get() { # JQ-EXPRESSION XVSCTL-ARG...: one value out of a document
    local expr=$1
    shift
    xvs_json "$@" | jq -r "$expr"
}

bg() { # NAME PROGRAM...: in the background; output in $XVS_TEST_DIR/NAME.out
    local name=$1
    shift
    say "[background $name] $*"
    # The process itself, not a shell above it: signals have to reach it.
    if [ "$1" = in_ns ]; then
        set -- nsenter --net="/run/netns/$2" -- "${@:3}"
    fi
    # Here, not by the child: what one of this name said before must not be taken
    # for what this one says.
    : >"$XVS_TEST_DIR/$name.out"
    "$@" >"$XVS_TEST_DIR/$name.out" 2>&1 &
    bg_pid[$name]=$!
}

bg_alive() {
    kill -0 "${bg_pid[$1]}" 2>/dev/null
}

bg_wait() { # NAME: its exit status
    local status=0
    wait "${bg_pid[$1]}" || status=$?
    unset "bg_pid[$1]"
    return $status
}

bg_signal() { # NAME SIGNAL: unless it has ended
    kill "-$2" "${bg_pid[$1]}" 2>/dev/null || :
}

bg_stop() { # NAME [SIGNAL]
    bg_signal "$1" "${2:-TERM}"
    bg_wait "$1" || :
}

bg_out() {
    cat "$XVS_TEST_DIR/$1.out"
}

bg_says() { # NAME TEXT: has it printed that?
    grep -q -- "$2" "$XVS_TEST_DIR/$1.out"
}

# ---------------------------------------------------------------- topology

host_setup() {
    mkdir -p "$XVS_RUNDIR" "$XVS_BPFFS" /run/netns
    mount -t sysfs sysfs /sys
    mount -t tmpfs tmpfs /run/netns
    mount -t bpf bpf "$XVS_BPFFS"
    ip link set lo up
    quiet_stack
}

# The stack itself sends nothing that a test would have to explain away, and
# TCP figures are not distorted by pacing.
quiet_stack() {
    echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
    echo reno >/proc/sys/net/ipv4/tcp_congestion_control
}

# A guest's name space, whose stack is quiet and has IPv6 only for an address.
guest_space() { # NAME [IP6/LEN]
    ip netns add "$1"
    in_ns "$1" bash -c 'echo reno >/proc/sys/net/ipv4/tcp_congestion_control
        echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
        echo 0 >/proc/sys/net/ipv6/conf/default/router_solicitations'
    [ -n "${2:-}" ] || in_ns "$1" \
        bash -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6'
}

# A guest: name space NAME; its eth0 is the other end of the host's NAME.
guest() { # NAME [IP4/LEN] [IP6/LEN]
    local name=$1 mac
    n_guests=$((n_guests + 1))
    mac=$(printf '02:00:00:00:00:%02x' "$n_guests")
    say "[host] guest $name: eth0 $mac ${*:2}"
    guest_space "$name" "${3:-}"
    ip link add "$name" type veth peer name eth0 address "$mac" netns "$name"
    guest_up "$name" "${@:2}"
}

guest_up() { # NAME [IP4/LEN] [IP6/LEN]
    ip link set "$1" up
    ip -n "$1" link set lo up
    ip -n "$1" link set eth0 up
    [ -z "${2:-}" ] || ip -n "$1" addr add "$2" dev eth0
    [ -z "${3:-}" ] || ip -n "$1" addr add "$3" dev eth0 nodad
}

guest_mac() { # NAME
    in_ns "$1" cat /sys/class/net/eth0/address 2>/dev/null ||
        ip -n "$1" -j link show eth0 | jq -r '.[0].address'
}

# Each knows the other's address, so that no ARP packet is in the counts.
know_each_other() { # GUEST IP GUEST IP
    ip -n "$1" neigh replace "$4" lladdr "$(dev_mac "$3")" dev eth0 nud permanent
    ip -n "$3" neigh replace "$2" lladdr "$(dev_mac "$1")" dev eth0 nud permanent
}

dev_mac() { # GUEST
    ip -n "$1" -j link show eth0 | jq -r '.[0].address'
}

ping_ok() { # GUEST IP [PING-ARG...]: answered within a second
    in_ns "$1" ping -q -n -c 1 -W 1 "${@:3}" "$2"
}

ping_quick() { # GUEST IP: answered within 100 ms
    in_ns "$1" ping -q -n -c 1 -W 0.1 "$2"
}

# ---------------------------------------------------------------- counters

port_stat() { # PORT FIELD
    json_get ".[] | select(.name == \"$1\") | .$2" port show sw0 "$1"
}

port_is() { # PORT STATE
    [ "$(port_stat "$1" state)" = "$2" ]
}

cache_stat() { # JQ-PATH below cache stats, e.g. .upcalls.received
    json_get "$1" cache stats sw0
}

drops_of() { # PORT REASON
    json_get "[.[] | select(.port == \"$1\" and .reason == \"$2\") | .packets] | add // 0" \
        drops show sw0
}

# [I7] for one port, once traffic has stopped: what it received is forwarded,
# consumed or dropped (egress-failed belongs to output ports), nothing in flight.
# Sets $ledger to the sum that was looked at.
ledger_adds_up() { # PORT
    local rx fwd used up done dropped
    read -r rx fwd used up done < <(json_get ".[] | select(.name == \"$1\") |
        \"\(.rx_packets) \(.forwarded) \(.consumed) \(.upcalls) \(.upcalls_done)\"" \
        port show sw0 "$1")
    dropped=$(json_get "[.[] | select(.port == \"$1\" and .reason != \"egress-failed\") |
        .packets] | add // 0" drops show sw0)
    ledger="rx $rx = forwarded $fwd + consumed $used + dropped $dropped"
    ledger+=" + in flight $((up - done))"
    echo "$1: $ledger"
    [ "$up" = "$done" ] && [ "$rx" = $((fwd + used + dropped)) ]
}

check_ledger() { # PORT...
    local port
    for port; do
        if wait_for 3 ledger_adds_up "$port"; then
            pass "[I7] $port: every packet is accounted for"
        else
            fail "[I7] $port: every packet is accounted for"
            ledger_adds_up "$port" | quote || :
            xvs_json drops show sw0 | quote
        fi
    done
}

# ---------------------------------------------------------------- traffic

listening() { # GUEST PORT
    in_ns "$1" ss -Hltn "sport = :$2" | grep -q .
}

# TCP from one guest to another; Gb/s on standard output.
tcp_gbps() { # FROM TO TO-IP [IPERF3-ARG...]
    local port=5201 status=0
    bg iperf in_ns "$2" iperf3 -s -1 -B "$3" -p $port >&2
    wait_for 5 listening "$2" $port
    in_ns "$1" iperf3 -J -c "$3" -p $port "${@:4}" >"$XVS_TEST_DIR/iperf.json" || status=$?
    [ "$status" = 0 ] || jq -r '.error // empty' "$XVS_TEST_DIR/iperf.json" >&2
    bg_stop iperf
    jq -r '(.end.sum_received // .end.sum).bits_per_second // 0 | . / 1e7 | round / 100' \
        "$XVS_TEST_DIR/iperf.json"
    return "$status"
}

tcp_retransmits() { # of the last tcp_gbps
    jq -r '.end.sum_sent.retransmits // 0' "$XVS_TEST_DIR/iperf.json"
}

# Somebody else's XDP program that passes everything, native, on a device.
foreign_xdp() { # DEV
    local clang
    clang=$(command -v clang-19 || command -v clang)
    "$clang" -O2 -target bpf -x c -c - -o "$XVS_TEST_DIR/their_xdp.o" <<'C'
__attribute__((section("xdp.frags"), used)) int their_xdp(void *ctx) { return 2; }
__attribute__((section("license"), used)) char _license[] = "GPL";
C
    # ip wants a bpffs where it is used to find one.
    [ "$(stat -f -c %T /sys/fs/bpf)" = bpf_fs ] || mount -t bpf bpf /sys/fs/bpf
    h ip link set "$1" xdpdrv obj "$XVS_TEST_DIR/their_xdp.o" sec xdp.frags
}

ratio() { # A B
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f\n", b ? a / b : 0 }'
}

median() { # NUMBER...
    printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# shellcheck disable=SC2086 # a list of words
mid() { # LIST: "MEDIAN [LEAST..MOST]"
    echo "$(median $1) [$(printf '%s\n' $1 | sort -g | head -n 1)..$(printf '%s\n' $1 | sort -g |
        tail -n 1)]"
}

cpu_ns() { # PID: nanoseconds of CPU that its threads have had
    cat /proc/"$1"/task/*/schedstat | awk '{ ns += $1 } END { printf "%.0f\n", ns }'
}

# ---------------------------------------------------------------- life

daemon_pid() {
    cat "$XVS_RUNDIR/xvsd.pid" 2>/dev/null
}

daemon_alive() {
    local pid
    pid=$(daemon_pid) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null
}

# What attaching could change on a device of the host, as text to compare.
host_snapshot() {
    local dev
    for dev in $(ip -j link show | jq -r '.[].ifname' | sort); do
        echo "== $dev"
        ip -j -d link show "$dev" | jq -c '.[0] |
            {flags, mtu, qdisc, promiscuity, allmulti, master, xdp, address, operstate}'
        tc qdisc show dev "$dev" | sed -E 's/ (refcnt|direct_packets_stat) [0-9]+//g'
        tc filter show dev "$dev" ingress 2>/dev/null || :
        echo "tcx: $(python3 "$LIB_DIR/tools/tcx_query.py" "$dev")"
        ethtool -k "$dev" 2>/dev/null || :
    done
    echo "== pins"
    pins
}

# What is pinned; a new bpffs may have two files of the kernel's own.
pins() {
    find "$XVS_BPFFS" -mindepth 1 ! -name '*.debug' | sort
}

sanitizer_reports() {
    find "$XVS_TEST_DIR" -maxdepth 1 -name 'sanitizer*' -size +0
}

finish() {
    local report
    finished=yes
    if daemon_alive; then
        timeout 20 "$XVSCTL" -q detach >"$XVS_TEST_DIR/detach.out" 2>&1 || {
            fail "detach at the end"
            quote <"$XVS_TEST_DIR/detach.out"
        }
    fi
    for report in $(sanitizer_reports); do
        fail "no sanitizer report"
        head -n 60 "$report" | quote
    done
    [ "$n_failed" = 0 ] && [ -z "${VERBOSE:-}" ] || daemon_log | quote
    echo "1..$n_tests"
    [ "$n_failed" = 0 ]
}

daemon_log() {
    local f
    for f in "$XVS_RUNDIR"/*.log; do
        [ -s "$f" ] && { echo "== $f"; tail -n 40 "$f"; }
    done
    return 0
}

on_exit() {
    local status=$? name
    trap - EXIT
    for name in "${!bg_pid[@]}"; do
        kill -KILL "${bg_pid[$name]}" 2>/dev/null || :
    done
    if [ -z "$finished" ]; then
        fail "$SELF ended early (status $status)"
        finish || :
        status=1
    fi
    exit "$status"
}

trap on_exit EXIT
trap 'exit 143' TERM INT
trap 'say "failed at $SELF line $LINENO: $BASH_COMMAND"' ERR

host_setup
