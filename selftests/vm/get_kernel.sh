#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# get_kernel.sh NAME PATTERN DIR: fetches the newest Debian kernel package that
# matches, without installing it, and unpacks it to DIR/unpacked; DIR/vmlinuz and
# DIR/release are what the others need. Does nothing when DIR has one already
# (REFRESH=1 looks for a newer one).

set -eu -o pipefail

name=$1 pattern=$2 dir=$3
[ ! -e "$dir/release" ] || [ -n "${REFRESH:-}" ] || exit 0
mkdir -p "$dir"

newest() {
    apt-cache pkgnames linux-image- | grep -xE "$pattern" | sort -V | tail -n 1
}
download() {
    package=$(newest) && [ -n "$package" ] &&
        (cd "$dir" && apt-get -qq -o APT::Sandbox::User=root download "$package" 2>download.log)
}
if ! download; then
    apt-get -qq update || :
    if ! download; then
        echo "kernel $name: no package like $pattern can be fetched" >&2
        exit 1
    fi
fi
rm -rf "$dir/unpacked"
dpkg-deb -x "$dir/${package}"_*.deb "$dir/unpacked"
rm -f "$dir"/*.deb
release=$(basename "$dir"/unpacked/boot/vmlinuz-*)
release=${release#vmlinuz-}
depmod -b "$dir/unpacked" "$release"
cp "$dir/unpacked/boot/vmlinuz-$release" "$dir/vmlinuz"
echo "$release" >"$dir/release"
echo "kernel $name: $release"
