#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# deps.sh [build|run|test]: installs what is missing to build, to run the demo
# (the default: both), or to run all tests. Nothing is touched when all is
# there, and no network is needed then. Elsewhere than on Debian it prints the
# list and fails.

set -eu -o pipefail

# What is looked for, how, and the package that has it:
#   command NAME | header FILE | python MODULE | clang (a recent one) |
#   runtime (sanitizers, fuzzer)
needed_build='
command gcc gcc
command make make
command pkg-config pkg-config
command bpftool bpftool
clang - clang-19
header bpf/libbpf.h libbpf-dev
header libelf.h libelf-dev
header zlib.h zlib1g-dev
header jansson.h libjansson-dev
header libmnl/libmnl.h libmnl-dev
header systemd/sd-event.h libsystemd-dev
header xxhash.h libxxhash-dev
header urcu-qsbr.h liburcu-dev
header xdp/xsk.h libxdp-dev
header linux/if_tun.h linux-libc-dev
command rst2man python3-docutils
command python3 python3
'
needed_run='
command ip iproute2
command tc iproute2
command ethtool ethtool
command ping iputils-ping
command iperf3 iperf3
command jq jq
command nsenter util-linux
command unshare util-linux
command setpriv util-linux
command ps procps
'
needed_test='
header cmocka.h libcmocka-dev
runtime - libclang-rt-19-dev
command clang-format clang-format
command shellcheck shellcheck
command tcpdump tcpdump
command qemu-system-x86_64 qemu-system-x86
command busybox busybox-static
command cpio cpio
command zstd zstd
command xz xz-utils
command modprobe kmod
command depmod kmod
command dpkg-deb dpkg
command git git
'
# Peers that xvs is compared with, and programs whose connections it tracks. They
# bring services: none of those is started or enabled, and a test whose peer cannot be
# had is skipped.
wanted_test='
command ovs-vswitchd openvswitch-switch
command ovs-ofctl openvswitch-common
command nft nftables
command conntrack conntrack
command curl curl
command nc.openbsd netcat-openbsd
command tshark tshark
command dnsmasq dnsmasq-base
python pyftpdlib python3-pyftpdlib
command dpdk-testpmd dpdk-dev
command /usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk openvswitch-switch-dpdk
'

find_clang() {
    local name
    for name in clang-19 clang-18 clang-16 clang; do
        PATH=$PATH:/usr/local/bin command -v "$name" && return
    done
    return 1
}

have_header() {
    local dir
    for dir in /usr/include /usr/include/"$(uname -m)"-linux-gnu /usr/local/include; do
        [ -e "$dir/$1" ] && return
    done
    return 1
}

# The static busybox goes into the guests' initial file systems.
have_busybox() {
    command -v busybox >/dev/null && ! ldd "$(command -v busybox)" >/dev/null 2>&1
}

have() { # KIND WHAT
    case $1 in
    command)
        [ "$2" != busybox ] || { have_busybox; return; }
        PATH=$PATH:/usr/sbin:/sbin command -v "$2" >/dev/null
        ;;
    header) have_header "$2" ;;
    python) /usr/bin/python3 -c "import $2" 2>/dev/null ;;
    clang) find_clang >/dev/null ;;
    runtime)
        local clang lib
        clang=$(find_clang) || return 1
        lib=$("$clang" -print-file-name=libclang_rt.fuzzer-x86_64.a)
        [ -e "$lib" ] || [ -e "${lib/fuzzer-x86_64/fuzzer}" ] ||
            [ -e "$("$clang" -print-runtime-dir 2>/dev/null)/libclang_rt.fuzzer.a" ]
        ;;
    esac
}

missing_of() { # LIST
    local kind what package
    while read -r kind what package; do
        [ -z "$kind" ] || have "$kind" "$what" || echo "$package"
    done <<<"$1"
}

wanted=
case ${1:-run} in
build) needed=$needed_build ;;
run) needed=$needed_build$needed_run ;;
test)
    needed=$needed_build$needed_run$needed_test
    wanted=$wanted_test
    ;;
*)
    echo "usage: deps.sh [build|run|test]" >&2
    exit 2
    ;;
esac

missing=$(missing_of "$needed" | sort -u | paste -sd' ')
peers=$(missing_of "$wanted" | sort -u | paste -sd' ')
if [ -z "$missing$peers" ]; then
    echo "deps: all there"
    exit 0
fi
# Without peers the tests run, with some of them skipped.
refuse() {
    echo "deps: $*: $missing $peers" >&2
    [ -z "$missing" ]
    exit
}
command -v apt-get >/dev/null || refuse "missing; on Debian the packages are"
[ "$(id -u)" = 0 ] || refuse "as root: apt-get install"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
policy=
trap 'rm -f "$log" $policy' EXIT

apt_install() { # PACKAGE...
    apt-get -qq -y --no-install-recommends install "$@" </dev/null >"$log" 2>&1
}

install() { # PACKAGE...
    echo "deps: installing $*"
    # The lists may be old, or there may be none yet.
    apt_install "$@" || {
        apt-get -qq update </dev/null >"$log" 2>&1 && apt_install "$@" || {
            tail -n 20 "$log" >&2
            return 1
        }
    }
}

# Whatever services a package has, they stay off, now and after a boot.
silence() { # PACKAGE
    local file
    while read -r file; do
        case $file in
        /etc/init.d/*) update-rc.d "${file##*/}" disable ;;
        */lib/systemd/system/*.service | */lib/systemd/system/*.socket)
            deb-systemd-helper disable "${file##*/}"
            ;;
        esac
    done < <(dpkg -L "$1") >/dev/null 2>&1 || :
}

# Debian starts what it installs unless this file forbids it.
forbid_services() {
    [ ! -e /usr/sbin/policy-rc.d ] || return 0
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
}

install_silently() { # PACKAGE...
    local package status=0 before
    before=$(installed)
    forbid_services
    install "$@" || status=1
    while read -r package; do
        silence "$package"
    done < <(comm -13 <(echo "$before") <(installed))
    [ -z "$policy" ] || rm -f "$policy"
    policy=
    return $status
}

installed() {
    dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | sed -n 's/^ii  *//p' | sort -u
}

if [ -n "$missing" ]; then
    # shellcheck disable=SC2086 # a list of words
    install $missing || exit 1
    missing=$(missing_of "$needed" | sort -u | paste -sd' ')
fi
if [ -n "$missing" ]; then
    echo "deps: installed, yet not found: $missing" >&2
    exit 1
fi
# shellcheck disable=SC2086 # a list of words
if [ -n "$peers" ] && ! install_silently $peers; then
    echo "deps: no $peers: tests against it are skipped" >&2
fi
