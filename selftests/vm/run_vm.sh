#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# run_vm.sh [KERNEL...]: boots each kernel of kernels.txt (or those named) under
# QEMU with the programs of $B, runs guest_test.sh inside and adds up its TAP
# lines. Emulated, as not every machine lends out its virtualisation.
#
#   LIMIT=SECONDS  for one guest (default 420)

set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
B=$(realpath -m "${B:-$here/../../build}")
cache=${VM_CACHE:-$here/../../build/vm}
limit=${LIMIT:-420}
passed=0 failed=0 skipped=0

count() { # FILE ERE
    grep -cE -- "$2" "$1"
}

boot() { # KERNEL-DIR INITRD LOG
    timeout -k 5 "$limit" qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu max -smp 2 \
        -m 1536 -nodefaults -no-user-config -display none -serial stdio -no-reboot \
        -kernel "$1/vmlinuz" -initrd "$2" \
        -append "console=ttyS0 panic=-1 quiet mitigations=off random.trust_cpu=on" \
        </dev/null 2>&1 | tr -d '\r' >"$3"
}

run_kernel() { # NAME PATTERN
    local dir=$cache/$1 log=$B/vm/$1.log start=$SECONDS ok bad skip rc
    mkdir -p "$cache" "$B/vm"
    if ! command -v qemu-system-x86_64 >/dev/null; then
        echo "ok - kernel $1 # SKIP qemu-system-x86_64 is not installed: make deps"
        skipped=$((skipped + 1))
        return
    fi
    if ! "$here/get_kernel.sh" "$1" "$2" "$dir"; then
        echo "ok - kernel $1 # SKIP its package cannot be fetched here"
        skipped=$((skipped + 1))
        return
    fi
    if ! "$here/make_initrd.sh" "$dir" "$B/vm/$1.initrd" "veth tun sch_ingress cls_bpf" \
        "$here/guest_test.sh" "$B/xvsd" "$B/xvsctl" "$B/selftests/prog_tests"; then
        echo "not ok - kernel $1: no initial file system"
        failed=$((failed + 1))
        return
    fi
    boot "$dir" "$B/vm/$1.initrd" "$log"
    echo "== kernel $1 ($(cat "$dir/release"))"
    grep -E '^(ok|not ok|#|@@)' "$log"
    ok=$(count "$log" '^ok ')
    bad=$(count "$log" '^not ok ')
    skip=$(count "$log" '^ok .*# SKIP')
    rc=$(sed -nE 's/^@@EXIT ([0-9]+).*/\1/p' "$log")
    if [ "${rc:-none}" != 0 ] && [ "$bad" = 0 ]; then
        bad=1
        echo "not ok - kernel $1: exit status ${rc:-none}, end of its log:"
        tail -n 25 "$log" | sed 's/^/# /'
    fi
    passed=$((passed + ok - skip))
    failed=$((failed + bad))
    skipped=$((skipped + skip))
    echo "== kernel $1: $((SECONDS - start)) s"
}

while read -r name pattern; do
    case $name in '' | '#'*) continue ;; esac
    if [ $# = 0 ] || [[ " $* " == *" $name "* ]]; then
        run_kernel "$name" "$pattern" </dev/null
    fi
done <"$here/kernels.txt"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
