#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# headers.sh: every header compiles alone, with the include paths of its rank
# only. The step headers of bpf/ are no such: the unit that includes them picks
# kernel types or libc's (bpf/ctx.h).
#
#   CC, B, LIBS_CFLAGS as in the Makefile

cd "$(dirname "$0")/../.." || exit 1
cc=${CC:-cc}
B=${B:-build}
bad=0 n=0
util='-Iinclude -Iloader/util'
flow="$util -Iloader/flow"
datapath="$flow -Iloader/datapath -I$B/bpf"
forward="$flow -Ibpf -Iloader/datapath -Iloader/vhost -Iloader/forward"
port="$flow -Iloader/port -Iloader/datapath -Iloader/vhost -Iloader/forward"
slowpath="$port -Iloader/slowpath"
control="$slowpath -Iloader/control"

while read -r header; do
    case $header in
    include/*) path=-Iinclude ;;
    loader/util/*) path=$util ;;
    loader/flow/*) path=$flow ;;
    loader/datapath/*) path=$datapath ;;
    loader/forward/*) path=$forward ;;
    loader/port/*) path=$port ;;
    loader/vhost/*) path="$util -Iloader/vhost" ;;
    loader/slowpath/*) path=$slowpath ;;
    loader/control/*) path=$control ;;
    loader/*) path="$control -Iloader" ;;
    ctl/*) path="$util -Ictl" ;;
    esac
    n=$((n + 1))
    # shellcheck disable=SC2086 # lists of options
    if ! echo "#include \"$header\"" | $cc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror \
        -Wno-unused-parameter -Wno-unused-function -fsyntax-only $path ${LIBS_CFLAGS:-} -I. -x c -; then
        echo "$header does not compile alone"
        bad=$((bad + 1))
    fi
done < <(find include loader ctl -name '*.h' | sort)
echo "headers: $n files, $bad findings"
[ $bad = 0 ]
