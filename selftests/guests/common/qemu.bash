# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# qemu.bash: guests that are real ones: QEMU, emulating, with a Debian kernel and
# an initial file system of this machine's programs. Sourced behind lib.sh.
#
#   guest_need              ends the script as skipped where there is no QEMU or kernel
#   guest_boot NAME ADDRESS/LENGTH CPUS QEMU-ARG...     starts it, does not wait
#   guest_ready NAME...     waits until they take commands
#   guest_run NAME CMD...   runs a command in it: output and exit status are its own
#   guest_stop NAME         ends it at once, as a crash would
#
#   RUN_LIMIT=SECONDS   for a command (default 60)
#   BOOT_LIMIT=SECONDS  for booting (default 60; it takes 4 to 8)
#   VM_CACHE=DIR        where the kernel is kept (default build/vm)

vm_dir=$LIB_DIR/vm
vm_cache=${VM_CACHE:-$TOP/build/vm}
vm_kernel=6.1
vm_lanes=6
PATH=$PATH:/usr/sbin:/sbin

# The uncompressed kernel inside 'vmlinuz' starts at once; the other unpacks
# itself first, which takes seconds when it is emulated.
vm_unpack_kernel() {
    local at
    [ ! -e "$kernel/vmlinux" ] || return 0
    at=$(LC_ALL=C grep -aboP '\xfd7zXZ\x00' "$kernel/vmlinuz" | head -n 1 | cut -d: -f1) || :
    [ -n "$at" ] || return 0
    tail -c "+$((at + 1))" "$kernel/vmlinuz" | xz -dcq --single-stream >"$kernel/vmlinux.$$" \
        2>/dev/null || :
    if [ "$(head -c 4 "$kernel/vmlinux.$$" | tail -c 3)" = ELF ]; then
        mv "$kernel/vmlinux.$$" "$kernel/vmlinux"
    else
        rm -f "$kernel/vmlinux.$$"
    fi
}

# Fetching happens where there is a network: in the name space of whoever started
# the script, init of the machine as a rule.
vm_fetch_kernel() {
    local pattern
    pattern=$(awk -v k=$vm_kernel '$1 == k { print $2 }' "$vm_dir/kernels.txt")
    [ -e "$kernel/release" ] ||
        nsenter --net="$XVS_OUTER_NET" -- "$vm_dir/get_kernel.sh" $vm_kernel "$pattern" "$kernel"
}

guest_need() {
    local program
    kernel=$vm_cache/$vm_kernel
    for program in qemu-system-x86_64 busybox cpio iperf3; do
        if ! command -v $program >/dev/null; then
            skip "$SELF" "$program is not installed: make deps"
            finish
            exit
        fi
    done
    mkdir -p "$vm_cache"
    if ! (flock 9 && vm_fetch_kernel && vm_unpack_kernel) 9>"$vm_cache/lock" >&2; then
        skip "$SELF" "no kernel for the guests can be fetched here"
        finish
        exit
    fi
    vm_initrd=$XVS_TEST_DIR/guest.initrd
    "$vm_dir/make_initrd.sh" "$kernel" "$vm_initrd" \
        "virtio_pci virtio_net virtio_console 8021q" "$vm_dir/guest_agent.sh" \
        iperf3 ping ethtool ss
    vm_image=$kernel/vmlinux
    [ -e "$vm_image" ] || vm_image=$kernel/vmlinuz
}

guest_boot() { # NAME ADDRESS/LENGTH CPUS QEMU-ARG...
    local name=$1 address=$2 cpus=$3 dir=$XVS_TEST_DIR/vm.$1 lane args=()
    shift 3
    mkdir -p "$dir"
    for lane in $(seq $vm_lanes); do
        rm -f "$dir/$lane.lane"
        args+=(-chardev "socket,id=lane$lane,path=$dir/$lane.lane,server=on,wait=off"
            -device "virtserialport,chardev=lane$lane")
    done
    # Shared memory: a vhost-user back end maps it.
    bg "vm.$name" qemu-system-x86_64 -name "$name" -accel tcg -M q35 -cpu Nehalem \
        -smp "$cpus" -m 256 -object memory-backend-memfd,id=mem,size=256M,share=on \
        -machine memory-backend=mem -nodefaults -no-user-config -display none \
        -serial "file:$dir/console" -no-reboot -kernel "$vm_image" -initrd "$vm_initrd" \
        -append "console=ttyS0 panic=-1 quiet mitigations=off random.trust_cpu=on xvs.ip=$address" \
        -device virtio-serial "${args[@]}" "$@"
}

guest_says_why() { # NAME
    say "guest $1 does not answer; its console, and QEMU:"
    { tail -n 20 "$XVS_TEST_DIR/vm.$1/console" | tr -d '\r'; bg_out "vm.$1"; } | quote
}

guest_ready() { # NAME...
    local name
    for name; do
        RUN_LIMIT=${BOOT_LIMIT:-60} guest_run "$name" true || {
            guest_says_why "$name"
            return 1
        }
    done
}

guest_run() { # NAME CMD...
    wait_for 5 test -S "$XVS_TEST_DIR/vm.$1/1.lane"
    python3 "$LIB_DIR/tools/guest_run.py" "$XVS_TEST_DIR/vm.$1" "${RUN_LIMIT:-60}" "${@:2}"
}

guest_stop() { # NAME
    bg_stop "vm.$1" KILL 2>/dev/null
}
