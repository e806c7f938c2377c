#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ovs_build.sh: Open vSwitch's classifier, to compare with: Debian's package
# openvswitch-source, its library, its own benchmark (tests/ovstest) and our
# driver of its classifier (ovs_classifier.c), below $B/ovs. What is there is
# used again; a few minutes the first time. bench/classifier.sh calls it.
#
#   OVS_DEB=FILE   the package, where it cannot be downloaded
#
# Exit status 1, with the reason, when there is nothing to compare with. Needs
# apt-get, dpkg-deb, a C compiler, make, python3; nothing is installed.

set -eu -o pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
B=$(realpath -m "${B:-$here/../../build}")
dir=$B/ovs
src=$dir/openvswitch
driver=$B/selftests/bench_ovs_classifier
log=$dir/build.log
jobs=${JOBS:-$(nproc)}

say() {
    echo "ovs: $*"
}

give_up() { # REASON
    echo "ovs: $*" >&2
    [ ! -s "$log" ] || tail -n 15 "$log" | cut -c1-200 | sed 's/^/ovs:   /' >&2
    exit 1
}

logged() { # CMD...
    "$@" >>"$log" 2>&1 </dev/null
}

# The sandbox user of apt cannot write into a directory of ours.
fetch() {
    (cd "$dir/new" && logged apt-get -q -o APT::Sandbox::User=root download openvswitch-source)
}

download() {
    say "downloading the package openvswitch-source"
    command -v apt-get >/dev/null || give_up "no apt-get here: set OVS_DEB to the package"
    fetch && return
    # The lists may be old, or there may be none yet.
    { [ "$(id -u)" = 0 ] && logged apt-get -q update && fetch; } ||
        give_up "cannot download openvswitch-source (apt-get update?); or set OVS_DEB to it"
}

# Only what is whole gets the name that the next run looks for.
get_sources() {
    local package new=$dir/new
    rm -rf "$new" "$src"
    mkdir "$new"
    if [ -n "${OVS_DEB:-}" ]; then
        cp "$OVS_DEB" "$new/" || give_up "cannot read $OVS_DEB"
    else
        download
    fi
    package=$(find "$new" -name '*.deb')
    say "unpacking $(basename "$package")"
    logged dpkg-deb -x "$package" "$new" &&
        logged tar -xzf "$new/usr/src/openvswitch/openvswitch.tar.gz" -C "$new" ||
        give_up "$(basename "$package") is not what was expected"
    # The generated files came with the package; the clock that packed them
    # must not make autotools necessary.
    touch "$new/openvswitch/aclocal.m4"
    touch "$new"/openvswitch/{configure,config.h.in,Makefile.in}
    mv "$new/openvswitch" "$src"
    rm -rf "$new"
}

configure() {
    say "configuring"
    (cd "$src" && logged ./configure --disable-ssl --disable-libcapng --disable-shared \
        --enable-static --without-dbdir CFLAGS='-O2 -g') || give_up "configure failed, see $log"
}

build() {
    local start=$SECONDS
    say "compiling (a few minutes; $log has what it says)"
    # The generated headers, which only its target "all" knows it needs, first.
    printf 'include Makefile\ngenerated: $(BUILT_SOURCES)\n' >"$src/generated.mk"
    logged make -C "$src" -f generated.mk generated &&
        logged make -C "$src" -j"$jobs" tests/ovstest || give_up "the build failed, see $log"
    say "compiled in $((SECONDS - start)) s"
}

is_current() { # is the driver newer than all that it is made of?
    local part
    for part in "$here"/{ovs_classifier.c,measure.[ch],ruleset.[ch]} "$src/tests/ovstest"; do
        [ "$driver" -nt "$part" ] || return 1
    done
}

build_driver() {
    local libs=$src/lib/.libs avx512
    mkdir -p "$(dirname "$driver")"
    avx512=$(find "$libs" -name libopenvswitchavx512.a)
    # shellcheck disable=SC2086 # no file or one
    logged ${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -I"$src" -I"$src/include" \
        -I"$src/lib" -I"$here" "$here"/{ovs_classifier,measure,ruleset}.c -o "$driver" \
        "$libs/libopenvswitch.a" $avx512 -latomic -lpthread -lm ||
        give_up "our driver did not compile against it, see $log"
}

mkdir -p "$dir"
: >"$log"
[ -e "$src/configure" ] || get_sources
[ -e "$src/config.status" ] || configure
[ -x "$src/tests/ovstest" ] || build
is_current || build_driver
say "ready: $(sed -nE "s/^PACKAGE_VERSION = /Open vSwitch /p" "$src/Makefile")"
