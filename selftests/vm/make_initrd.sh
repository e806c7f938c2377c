#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# make_initrd.sh KERNEL-DIR OUT "MODULE..." SCRIPT FILE...: an initial file
# system out of the host's programs: static busybox, bash, ip, tc, SCRIPT and the
# FILEs (into /bin, with the libraries that they need), and kernel modules with
# those that they need. Its init loads them, runs SCRIPT, says how that ended and
# powers off.

set -eu -o pipefail

kernel=$1 out=$2 modules=$3 script=$4
shift 4
release=$(cat "$kernel/release")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root"/{bin,dev,etc,lib/modules,proc,root,run,sys,tmp}
for dir in sbin usr/bin usr/sbin; do
    mkdir -p "$root/$(dirname $dir)"
    ln -s /bin "$root/$dir"
done
ln -s lib "$root/lib64"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo '127.0.0.1 localhost' >"$root/etc/hosts"

add_libraries() { # PROGRAM
    local lib
    { ldd "$1" 2>/dev/null | grep -oE '/[^ )]+' || :; } | while read -r lib; do
        [ -e "$root$lib" ] && continue
        mkdir -p "$root$(dirname "$lib")"
        cp -L "$lib" "$root$lib"
    done
}

add_program() { # FILE-OR-NAME
    local path
    path=$(command -v "$1")
    cp --remove-destination -L "$path" "$root/bin/$(basename "$path")"
    add_libraries "$path"
}

busybox=$(command -v busybox)
cp -L "$busybox" "$root/bin/busybox"
for applet in $("$busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
# bash is /bin/sh too: busybox' own shell prefers its own ip and tc.
for program in bash ip tc "$script" "$@"; do
    add_program "$program"
done
ln -sf bash "$root/bin/sh"
# Threads that are cancelled load it by name.
lib=$(ldconfig -p | awk '/libgcc_s.so.1 .*x86-64/ { found = $NF } END { print found }')
mkdir -p "$root$(dirname "$lib")"
cp -L "$lib" "$root$lib"

number=0
for module in $modules; do
    modprobe -d "$kernel/unpacked" -S "$release" -C /dev/null --show-depends "$module" |
        awk '$1 == "insmod" { print $2 }' | while read -r path; do
        file=$(basename "$path")
        ls "$root/lib/modules/"*"-${file%%.ko*}.ko" >/dev/null 2>&1 && continue
        number=$(find "$root/lib/modules" -type f | wc -l)
        target=$(printf '%s/lib/modules/%02d-%s.ko' "$root" "$number" "${file%%.ko*}")
        case $file in
        *.xz) xz -dc "$path" >"$target" ;;
        *.zst) zstd -qdc "$path" >"$target" ;;
        *) cp "$path" "$target" ;;
        esac
    done
done

ln -s "$(basename "$script")" "$root/bin/main"
cat >"$root/init" <<'INIT'
#!/bin/sh
export PATH=/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
ln -sfn /proc/self/fd /dev/fd
for module in /lib/modules/*.ko; do
    insmod "$module" || echo "@@MODULE $module"
done
ip link set lo up
echo "@@READY $(uname -r) after $(cut -d' ' -f1 /proc/uptime) s"
main
echo "@@EXIT $? after $(cut -d' ' -f1 /proc/uptime) s"
poweroff -f
INIT
chmod +x "$root/init"
(cd "$root" && find . -print0 | cpio --null -o -H newc --quiet) | gzip -1 >"$out"
